"""The DMP client, judged by xmlsec1, the JDK, the XSDs and the simulator."""
