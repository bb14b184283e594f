// In place of the modules of Node that codecs name and never use in a browser.
export default {};
