import java.io.FileInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import javax.xml.crypto.KeySelector;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Judge: does the first XML signature of each file verify with the key of this certificate?
 *
 * <p>Usage: java VerifySignature.java certificate.pem file...; prints one line per file, "valid",
 * "invalid" or "unreadable". The references of a ds:Manifest are not followed. Secure validation is
 * off because RSA-SHA1 is one of the two algorithm sets to judge.
 */
public final class VerifySignature {
    private VerifySignature() {}

    public static void main(String[] arguments) throws Exception {
        CertificateFactory certificates = CertificateFactory.getInstance("X.509");
        KeySelector key;
        try (FileInputStream in = new FileInputStream(arguments[0])) {
            key = KeySelector.singletonKeySelector(
                    certificates.generateCertificate(in).getPublicKey());
        }
        for (int i = 1; i < arguments.length; i++) {
            System.out.println(verdict(key, Path.of(arguments[i])));
        }
    }

    private static String verdict(KeySelector key, Path file) {
        try {
            return verify(key, file) ? "valid" : "invalid";
        } catch (Exception unreadable) {
            return "unreadable";
        }
    }

    private static boolean verify(KeySelector key, Path file) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        Document document;
        try (var in = Files.newInputStream(file)) {
            document = factory.newDocumentBuilder().parse(in);
        }
        NodeList found = document.getElementsByTagNameNS(XMLSignature.XMLNS, "Signature");
        DOMValidateContext context = new DOMValidateContext(key, found.item(0));
        context.setProperty("org.jcp.xml.dsig.secureValidation", Boolean.FALSE);
        NodeList all = document.getElementsByTagName("*");
        for (int i = 0; i < all.getLength(); i++) {
            Element element = (Element) all.item(i);
            for (String name : new String[] {"ID", "Id"}) {
                if (element.hasAttribute(name)) {
                    context.setIdAttributeNS(element, null, name);
                }
            }
        }
        return XMLSignatureFactory.getInstance("DOM").unmarshalXMLSignature(context)
                .validate(context);
    }
}
