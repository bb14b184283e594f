// The way from the open exams to the page that imports them into the site's own PACS.
import { button, submit } from "./dom.js";
import { page, say } from "./page.js";

/** The button in the head; it is there while an open exam may be imported. */
export class Importing {
  constructor() {
    this.numbers = [];
    this.element = button(say("import"), () => this.go(), {
      class: "v-import",
      title: say("tip_import"),
      hidden: true,
    });
  }

  offer(exams) {
    this.numbers = exams.filter((exam) => exam.told.import).map((exam) => exam.n);
    this.element.hidden = !this.numbers.length;
  }

  /** Its page takes this window: the images stay on the server, and the list is one link away. */
  go() {
    const exams = this.numbers.join(" ");
    submit(page.import, { token: page.token, verb: "", edition: page.edition, exams });
  }
}
