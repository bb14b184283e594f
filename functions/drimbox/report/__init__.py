"""Messages in: HL7 v2 and CDA read and checked, acknowledgements out."""
