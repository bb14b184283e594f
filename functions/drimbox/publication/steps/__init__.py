"""The workflow of one study of one message: admit, index, build, publish, settle; else hold."""
