"""Files of an agent."""

from __future__ import annotations

DICOMWEB = """
tenant: demo
folder: /var/lib/drimbox-agent
cloud:
  in_url: https://in.drimbox.example
  certificate: /etc/drimbox-agent/agent.pem
  private_key: /etc/drimbox-agent/agent.key
pacs:
  dicomweb:
    url: https://pacs.site.example/dicom-web/
    tls: {authorities: /etc/drimbox-agent/site.pem}
    login: {user: drimbox, password_file: /etc/drimbox-agent/pacs.password}
"""

DIMSE = """
tenant: demo
folder: /var/lib/drimbox-agent
cloud:
  in_url: https://in.drimbox.example
  certificate: /etc/drimbox-agent/agent.pem
  private_key: /etc/drimbox-agent/agent.key
  authorities: /etc/drimbox-agent/proxy-ca.pem
  proxy:
    url: http://proxy.site.example:3128
    login: {user: agent, password_file: /etc/drimbox-agent/proxy.password}
pacs:
  dimse:
    host: 10.1.2.3
    port: 104
    ae_title: PACS
    our_ae_title: DRIMBOX
    associations: 3
    tls:
      authorities: /etc/drimbox-agent/site.pem
      certificate: /etc/drimbox-agent/dicom.pem
      private_key: /etc/drimbox-agent/dicom.key
listener:
  address: 10.1.9.5
  port: 11112
  callers:
    - {ae_title: PACS, addresses: [10.1.2.3, 10.1.3.0/24, "2001:db8::/64"]}
  tls:
    authorities: /etc/drimbox-agent/site.pem
    certificate: /etc/drimbox-agent/dicom.pem
    private_key: /etc/drimbox-agent/dicom.key
notes:
  ae_title: DRIMBOXKO
  url: https://db.drimbox.example/tenants/demo/dicomweb
  credential_file: /etc/drimbox-agent/pacs.credential
messages:
  keep: true
  time_zone: Europe/Paris
  patience_hours: 48
  listeners:
    - name: RIS
      address: 10.20.0.5
      port: 2575
      addresses: [10.20.0.0/24]
      senders: ["DRIM_RIS|AMBROISE", "AUTRE|"]
      tls: {certificate: /etc/drimbox-agent/mllp.pem, private_key: /etc/drimbox-agent/mllp.key}
status_port: 8787
uploads:
  mbit: 50
  hours:
    - {from: "20:00", until: "06:00", mbit: 200}
"""
