"""The professionals' pages: sign-in, practice situation, the patient's exams."""
