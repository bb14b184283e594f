"""One publication as a page: its state, the reason, the remedy, the message's content. Any value of
a message, a document or the images is a text here, never markup.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.operations.confirming_identity import LONGEST_REASON
from functions.drimbox.pages.kit import components
from functions.drimbox.pages.kit.copy_script import copied, copy_script
from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.pages.kit.times import day, moment, since
from functions.drimbox.pages.operations import texts
from functions.drimbox.pages.operations.pacs_search_start import pacs_search_start
from functions.drimbox.pages.operations.publication_components import (
    compared,
    keep_buttons,
    publication_link,
    sender_options,
    state_label,
)
from functions.drimbox.pages.operations.replay_offer import comes_first, may_replay, replay_box
from functions.drimbox.publication.known_traits import Keep
from functions.drimbox.publication.message_entry import shown_id
from functions.drimbox.tenants.model import Operator, Permission, SenderPolicy, Tenant
from functions.drimbox.values import frozen
from functions.drimbox.wording.held import CONFIRMED_ONE_BY_ONE
from functions.drimbox.wording.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from functions.drimbox.pages.kit.layout import Layout

DONE: Final = frozenset(
    {
        "replayed",
        "overridden",
        "corrected",
        "undone",
        "undone_replayed",
        "identity_confirmed",
        "traits_decided",
        "import_released",
        "withdrawal",
        "nothing_chosen",
    }
)
# The acts that put the publication in its queue again.
_REPLAYED: Final = frozenset({"replayed", "corrected", "undone_replayed"})
_QUEUEING: Final = _REPLAYED | {"identity_confirmed"}


def publication_page(
    layout: Layout,
    facts: Mapping[str, Any],
    *,
    tenant: Tenant,
    operator: Operator,
    now: datetime,
    done: str = "",
) -> bytes:
    """The page of ``operations.view.view``'s facts; ``operator``'s rights say what it offers.

    ``done`` is what the operator has just done (one of DONE), "" otherwise.
    """
    return _Page(layout, facts, tenant, operator, now).whole(done)


@frozen
class _Page:
    layout: Layout
    facts: Mapping[str, Any]
    tenant: Tenant
    operator: Operator
    now: datetime

    def whole(self, done: str) -> bytes:
        name = "title_withdrawal" if self.facts["kind"] == "withdrawal" else "title"
        title = f"{self._say(name)} {shown_id(self.facts['id'])}"
        return self.layout.document(
            title,
            tag(
                "p",
                state_label(self.layout, self.facts["state"]),
                tag("a", self._say("back"), href=self.layout.path()),
                self._again(done),
                class_="crumbs",
            ),
            self._done(done),
            tag(
                "div",
                tag("div", self._studies(), self._actions()),
                tag("div", self._report()),
                class_="columns",
            ),
            self._overrides(),
            self._history(),
            self._message(),
            copy_script(self.layout),
        )

    def _done(self, done: str) -> str:
        """The act that led here. Its address outlives it: a replay that the gateway has taken up is
        told as such.
        """
        if done not in DONE:
            return ""
        told = "replayed_taken" if done in _REPLAYED and not self._is_queued() else done
        return components.notice(self._say(told), "wait" if done == "nothing_chosen" else "good")

    def _is_queued(self) -> bool:
        """Whether nothing has happened since the last replay was asked for."""
        latest = max((event["replay"] for event in self.facts["history"]), default=0)
        return bool(self.facts["replays"] > latest)

    def _again(self, done: str) -> Html:
        """While something goes on: the time of this look, and a link to the next one. A page that
        reloads by itself takes the reader's place away (WCAG 2.2.1).
        """
        queued = done in _QUEUEING and self._is_queued()
        if not queued and all(one["outcome"] != "in_progress" for one in self.facts["studies"]):
            return join()
        at = moment(self.now, self._zone, self.layout.language)
        here = self.layout.path(f"/publications/{self.facts['id']}")
        return join(tag("a", self._say("again"), href=here), tag("small", at))

    def _say(self, name: str) -> str:
        return self.layout.say(texts.PUBLICATION, name)

    def _counted(self, count: int, one: str, several: str) -> str:
        words = texts.PUBLICATION
        return counted(count, words[one], words[several], self.layout.language)

    @property
    def _zone(self) -> ZoneInfo:
        return self.tenant.time_zone

    def _at(self, text: str | None) -> str:
        if not text:
            return ""
        return moment(datetime.fromisoformat(text), self._zone, self.layout.language)

    def _day(self, text: str) -> str:
        return day(text, self.layout.language)

    # ---- state

    def _studies(self) -> Html:
        return tag(
            "section",
            tag("h2", self._say("studies")),
            *(self._study(study) for study in self.facts["studies"]),
            components.notice(
                f"{self._say('ignored')} : {self.layout.words(self.facts['ignored_words'])}",
                "wait",
            )
            if self.facts["ignored"]
            else "",
            self._held_whole(),
        )

    def _held_whole(self) -> Html:
        """A message that is held before any of its studies: the reason, the remedy, the fault."""
        if "held" not in self.facts:
            return join()
        told = [
            (self._say("why"), tag("strong", self.layout.words(self.facts["held_words"]))),
            (self._say("todo"), self.layout.words(self.facts["held_todo"])),
        ]
        if fault := self.facts.get("fault"):
            place = join(
                self.layout.words(fault["words"]),
                " ",
                tag("code", fault["code"]),
                " ",
                tag("code", fault["location"]),
            )
            told.append((self._say("fault"), place))
        return components.facts(told)

    def _study(self, study: Mapping[str, Any]) -> Html:
        return tag(
            "article",
            tag(
                "h3",
                state_label(self.layout, study["outcome"]),
                " ",
                copied(study["study_instance_uid"]),
            ),
            components.facts(self._standing(study)),
            compared(self.layout, self._say("compared"), study["compared"]),
        )

    def _standing(self, study: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        yield from self._why_held(study)
        yield from self._place(study)
        yield self._say("parked"), self._parked(study.get("parked"))
        if known := study.get("imported"):
            yield self._say("imported"), self._imported(known["establishment"], known["at"])
        if later := study.get("afterwards"):
            yield self._say(study["outcome"]), self._afterwards(later)
            yield self._say("ordered_by"), self._operator(study.get("ordered_by", ""))
        if former := study.get("former"):
            link = publication_link(self.layout, former["publication"])
            yield self._say(f"former_{former['fate']}"), link
        yield self._say("changed"), self._changed(study)
        if pending := study["pending"]:
            attempt = (
                f" · {self._say('attempt')} {pending['attempt']}" if pending["attempt"] else ""
            )
            yield self._say("pending"), self.layout.say(texts.PENDING, pending["state"]) + attempt
            yield self._say("dmp_codes"), pending["dmp_codes"]
            yield "", self._say("in_doubt") if pending["may_be_in_dmp"] else ""
            yield self._say("contested"), self._traits(pending["contested"])
        if waits_for := study.get("waits_for"):
            yield self._say("waits_for"), publication_link(self.layout, waits_for)
        yield self._say("in_dmp"), self._in_dmp(study["in_dmp"])
        if objects := study["unservable"]:
            yield self._say("unservable"), join(*(tag("div", copied(uid)) for uid in objects))
        if images := study["images"]:
            if not study["compared"]:
                yield from self._whose(images)
            yield from self._images(images)

    def _why_held(self, study: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """The reason of a held study, and the remedy. The next replay of a study that the override
        chooses no more leaves it: nothing is to correct there."""
        if "reason" in study:
            yield self._say("why"), tag("strong", self.layout.words(study["words"]))
            if "next_replay" not in study:
                yield self._say("todo"), self.layout.words(study["todo"])

    def _place(self, study: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """An operator's choice that is about the study, and the publication in its way."""
        if stand_in := study.get("stand_in"):
            yield self._say("stand_in"), copied(stand_in)
        if stands_for := study.get("stands_for"):
            yield self._say("stands_for"), copied(stands_for)
        if taken_by := study.get("taken_by"):
            yield self._say("taken_by"), publication_link(self.layout, taken_by)
        outcome = study["outcome"]
        if effect := study.get("next_replay"):
            yield self._say("todo"), self._say(f"next_{effect}")
        elif outcome == "set_aside" and "stand_in" not in study:
            yield self._say("set_aside"), self._say("set_aside_what")
        if outcome == "superseded":
            yield self._say("todo"), self._say("superseded_todo")

    def _changed(self, study: Mapping[str, Any]) -> str:
        """Since when the study stands so; nothing beside a wait, which tells its own time."""
        if "parked" in study:
            return ""
        changed = datetime.fromisoformat(study["changed_at"])
        return since(changed, self.now, self._zone, self.layout.language)

    def _parked(self, wait: Mapping[str, Any] | None) -> str:
        """The thing that the study waits for, since when and how long at most; nothing where it
        does not wait."""
        if wait is None:
            return ""
        begun = datetime.fromisoformat(wait["since"])
        how_long = since(begun, self.now, self._zone, self.layout.language)
        until = (f"{self._say('until')} ", self._at(wait["until"]), self._say("until_then"))
        return join(
            tag("strong", self.layout.words(wait["words"])),
            tag("div", how_long),
            tag("div", *until),
        )

    def _afterwards(self, later: Mapping[str, Any]) -> Html:
        return join(
            f"{self._say('version')} {later['version']}, ",
            self._at(later["at"]),
            f", {self._say('by_publication')} ",
            publication_link(self.layout, later["by"]),
        )

    def _imported(self, establishment: str, at: str) -> Html:
        return join(self._at(at), f" · {self._say('imported_from')} {establishment}")

    def _traits(self, names: Sequence[str]) -> str:
        return ", ".join(self.layout.say(texts.TRAITS, name) for name in names)

    def _in_dmp(self, held: Mapping[str, Any] | None) -> str:
        if held is None:
            return ""
        whose = "" if held["by_this_publication"] else f", {self._say('by_another')}"
        return join(
            copied(held["manifest_uid"]),
            tag("div", f"{self._say('version')} {held['version']}{whose}"),
            tag("small", self._at(held["published_at"])),
        )

    def _whose(self, images: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """The images' own identity, where no report stands beside them."""
        born = self._day(images["patient_birth_date"])
        parts = (images["patient_name"], born, images["patient_id"])
        yield self._say("images_patient"), " · ".join(part for part in parts if part)
        yield self._say("images_accession"), images["accession_number"]

    def _images(self, images: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        yield self._say("images_date"), self._day(images["study_date"])
        yield self._say("images_description"), images["description"]
        yield (
            self._say("images_series"),
            join(
                *(
                    tag(
                        "div",
                        f"{one['modality']} · "
                        + self._counted(one["instances"], "instance", "instances")
                        + (f" · {one['description']}" if one["description"] else ""),
                    )
                    for one in images["series"]
                )
            ),
        )

    # ---- actions

    def _actions(self) -> Html:
        replay, first = self._replay(), comes_first(self.facts)
        offered = [
            one
            for one in (
                *self._confirmed(
                    Permission.IDENTITY,
                    "identity",
                    "confirm_identity",
                    lambda study: study.get("reason") in CONFIRMED_ONE_BY_ONE,
                ),
                self._decision(),
                *self._confirmed(
                    Permission.RELEASE,
                    "release",
                    "release_import",
                    lambda study: "imported" in study,
                ),
                replay if first else "",
                self._pacs_search(),
                self._override(),
                self._undo(),
                "" if first else replay,
                *self._withdrawals(),
                self._show_message(),
                self._export(),
            )
            if one
        ]
        return tag(
            "section",
            tag("h2", self._say("actions")),
            *(offered or [tag("p", self._say("no_action"))]),
        )

    def _form(self, verb: str, *children: str, class_: str = "") -> Html:
        rest = f"/publications/{self.facts['id']}"
        return self.layout.form(rest, verb, *children, class_=class_)

    def _box(self, name: str, *children: str) -> Html:
        return tag(
            "fieldset",
            tag("legend", self._say(name)),
            tag("p", tag("small", self._say(f"{name}_what"))),
            *children,
        )

    def _replay(self) -> str:
        if not (may_replay(self.facts) and self.operator.may(Permission.REPLAY)):
            return ""
        return self._form("replay", self._box("replay", replay_box(self.layout, self.facts)))

    def _held(self) -> list[str]:
        return [
            study["study_instance_uid"] for study in self.facts["studies"] if study["overridable"]
        ]

    def _may_be_corrected(self) -> bool:
        possible = self.facts["kind"] == "report" and (self._held() or self.facts["ignored"])
        return bool(possible) and not self._in_doubt() and self.operator.may(Permission.EDIT)

    def _in_doubt(self) -> bool:
        return any((s["pending"] or {}).get("may_be_in_dmp") for s in self.facts["studies"])

    def _pacs_search(self) -> str:
        held = self._held() if self._may_be_corrected() else []
        return pacs_search_start(self.layout, self.facts["id"], held)

    def _override(self) -> str:
        if not self._may_be_corrected():
            return ""
        held = self._held()
        choices = [
            components.entry_field(
                f"study-{at}",
                f"{self._say('choose_study')} {uid}",
                pattern="[0-9.]{1,64}",
                maxlength="64",
                size="64",
                autocomplete="off",
            )
            for at, uid in enumerate(held)
        ]
        named = [components.hidden(**{f"named-{at}": uid}) for at, uid in enumerate(held)]
        senders = sender_options(self.tenant, SenderPolicy.PUBLISH)
        sender = components.select(
            "sender", self._say("force_sender"), senders, any_=self._say("as_it_came")
        )
        buttons = keep_buttons(self.layout, self.operator)
        return self._form("override", self._box("override", *choices, *named, sender, buttons))

    def _undo(self) -> str:
        """The way back from a choice of studies, or the words why there is none here."""
        undoing = self.facts["undoing"]
        if undoing == "nothing" or not self.operator.may(Permission.EDIT):
            return ""
        if undoing != "possible" or self._in_doubt():
            words = "undo_in_doubt" if self._in_doubt() else f"undo_{undoing}"
            return tag("fieldset", tag("legend", self._say("undo")), tag("p", self._say(words)))
        buttons = keep_buttons(self.layout, self.operator, "undo", "undo_and_replay")
        return self._form("undo_override", self._box("undo", buttons))

    def _withdrawals(self) -> Iterator[str]:
        if not self.operator.may(Permission.WITHDRAW):
            return
        for study in self.facts["studies"]:
            held = study["in_dmp"]
            if held is None or not held["by_this_publication"]:
                continue
            uid = study["study_instance_uid"]
            button = tag("p", tag("button", self._say("withdraw"), class_="danger"))
            confirm = self._tick("confirm", uid)
            yield self._form(
                "withdraw",
                self._box(
                    "withdraw",
                    components.hidden(study=uid),
                    self._reason("withdraw"),
                    confirm,
                    button,
                ),
            )

    def _confirmed(
        self, may: Permission, word: str, action: str, concerns: Callable[[Mapping[str, Any]], bool]
    ) -> Iterator[str]:
        """A form with a reason and a tick for each study that an act ``concerns``."""
        if not self.operator.may(may):
            return
        for study in self.facts["studies"]:
            if not concerns(study):
                continue
            uid = study["study_instance_uid"]
            button = tag("p", tag("button", self._say(word), class_="danger"))
            tick = self._tick(f"{word}_tick", uid)
            study_field = components.hidden(study=uid)
            yield self._form(action, self._box(word, study_field, self._reason(word), tick, button))

    def _decision(self) -> str:
        known = self.facts.get("known_traits")
        if known is None or not known["decidable"] or self.facts["ignored"]:
            return ""
        if not self.operator.may(Permission.IDENTITY):
            return ""
        choices = (
            tag(
                "label",
                tag("input", type="radio", name="keep", value=str(keep), required=""),
                tag("span", self._say(f"keep_{keep}")),
                class_="check",
            )
            for keep in Keep
        )
        seen = components.hidden(revision=str(known["revision"]))
        ins = self.facts["report"]["patient"]["ins"]
        tick = self._tick("decision_tick", ins)
        button = tag("p", tag("button", self._say("decision"), class_="danger"))
        box = self._box("decision", seen, *choices, self._reason("decision"), tick, button)
        return self._form("decide_traits", box)

    def _reason(self, form: str) -> Html:
        return components.entry_field(
            "reason",
            self._say(f"{form}_reason"),
            required="",
            maxlength=str(LONGEST_REASON),
            size="64",
            autocomplete="off",
        )

    def _tick(self, words: str, what: str) -> Html:
        return tag(
            "label",
            tag("input", type="checkbox", name="confirm", value="yes", required=""),
            tag("span", f"{self._say(words)} ", tag("code", what)),
            class_="check",
        )

    def _show_message(self) -> str:
        if "message" not in self.facts or not self.operator.may(Permission.EXPORT):
            return ""
        button = tag("button", self._say("show_message_do"))
        return self._form("show_message", self._box("show_message", button))

    def _export(self) -> str:
        if not self.operator.may(Permission.EXPORT):
            return ""
        return self._form("export", self._box("export", tag("button", self._say("export"))))

    # ---- content

    def _report(self) -> Html:
        facts = self.facts
        rows = [
            (self._say("kind"), self.layout.say(texts.KINDS, facts["kind"])),
            (self._say("action"), self._action(facts.get("action"))),
            (self._say("control_id"), self._control_id()),
            (self._say("identifier"), copied(facts["id"])),
            (self._say("received"), self._at(facts["received_at"])),
            (self._say("validated"), self._at(facts["validated_at"])),
            (self._say("sender"), facts["sender"].replace("|", " · ")),
            (self._say("replays"), str(facts["replays"])),
            (self._say("ordered_by"), self._operator(facts.get("ordered_by", ""))),
            (self._say("ordered_at"), self._at(facts.get("ordered_at"))),
            (self._say("withdraw_reason"), facts.get("reason", "")),
        ]
        document = facts.get("report")
        return join(
            tag("section", tag("h2", self._say("short")), components.facts(rows)),
            self._patient(document["patient"]) if document else "",
            self._document(document) if document else "",
        )

    def _control_id(self) -> str:
        """MSH-10, as the message says it; "" for an order that is no message."""
        message = self.facts.get("message") or {"segments": ()}
        named = [
            value[0]
            for segment in message["segments"]
            if segment["segment"] == "MSH"
            for field in segment["fields"]
            if field["number"] == 10
            for value in field["values"]
        ]
        return copied(named[0]) if named else ""

    def _action(self, name: str | None) -> str:
        return self.layout.say(texts.ACTIONS, name) if name else ""

    def _patient(self, patient: Mapping[str, Any]) -> Html:
        born = " ".join(part for part in (patient["birth_family"], patient["birth_given"]) if part)
        used = " ".join(part for part in (patient["used_family"], patient["used_given"]) if part)
        rows = [
            (self._say("ins"), join(patient["ins"], " ", tag("small", patient["ins_oid"]))),
            (self._say("birth"), f"{born}, {self._day(patient['birth_date'])}"),
            (self._say("used"), used),
            (self._say("sex"), patient["sex"]),
            (self._say("local_ids"), ", ".join(patient["local_ids"])),
        ]
        return tag(
            "section", tag("h2", self._say("patient")), self._divergence(), components.facts(rows)
        )

    def _divergence(self) -> str:
        known = self.facts.get("known_traits")
        if known is None:
            return ""
        words = f"{self._say('known_traits')} : {known['sets']}."
        differing = self._traits(known["differing"])
        if differing:
            words += f" {self._say('contested')} : {differing}."
        return components.notice(words, "wait")

    def _document(self, document: Mapping[str, Any]) -> Html:
        author = document["legal_authenticator"]
        rows = [
            (self._say("document"), document["title"]),
            (self._say("effective_time"), self._at(document["effective_time"])),
            (self._say("version"), str(document["version"])),
            (self._say("confidentiality"), document["confidentiality"]),
            (self._say("legal_authenticator"), f"{author['name']} ({author['identifier']})"),
            (self._say("structure"), author["structure"]),
            (
                self._say("orders"),
                join(
                    *(
                        tag("div", f"{o['placer']}, {self._say('accession')} {o['accession']}")
                        for o in document["orders"]
                    )
                ),
            ),
            (
                self._say("exams"),
                join(
                    *(
                        tag("div", one["act"], tag("div", copied(one["study_instance_uid"])))
                        for one in document["exams"]
                    )
                ),
            ),
        ]
        return tag("section", tag("h2", self._say("report")), components.facts(rows))

    def _history(self) -> str:
        rows = [
            (
                self._at(event["changed_at"]),
                state_label(self.layout, event["outcome"]),
                self.layout.words(event["words"]) if "words" in event else "",
                tag("code", event["study_instance_uid"]),
                str(event["replay"]),
            )
            for event in self.facts["history"]
        ]
        columns = {"at": "tight", "outcome": "", "why": "", "study": "", "replays": "number"}
        return self._listing("history", columns, rows)

    def _overrides(self) -> str:
        rows = [
            (self._at(one["at"]), self._operator(one["who"]), join(*self._overridden(one)))
            for one in self.facts["overrides"]
        ]
        return self._listing("overrides", {"at": "tight", "who": "", "what": ""}, rows)

    def _overridden(self, one: Mapping[str, Any]) -> Iterator[Html]:
        for named, chosen in one["studies"].items():
            yield tag("div", tag("code", named), " → ", tag("code", chosen))
        if not any(one[name] for name in ("studies", "sender", "identity", "released", "decision")):
            yield tag("div", self._say("no_choice"))
        if one["sender"]:
            yield tag("div", f"{self._say('force_sender')} {one['sender'].replace('|', ' · ')}")
        for study, word in one["identity"].items():
            yield tag("div", f"{self._say('identity_done')} ", tag("code", study))
            yield tag("div", f"{self._say('contested')} : {self._traits(word['traits'])}")
            yield tag("div", f"{self._say('why')} : {word['reason']}")
        for study, word in one["released"].items():
            yield tag("div", f"{self._say('release_done')} ", tag("code", study))
            yield tag("div", self._imported(word["establishment"], word["imported_at"]))
            yield tag("div", f"{self._say('why')} : {word['reason']}")
        if decision := one["decision"]:
            yield tag("div", self._say(f"decided_{decision['keep']}"))
            yield tag("div", f"{self._say('contested')} : {self._traits(decision['traits'])}")
            yield tag("div", f"{self._say('why')} : {decision['reason']}")

    def _operator(self, subject: str) -> str:
        """The name that the tenant's file gives, beside the subject that the audit names."""
        found = next((one for one in self.tenant.operators if one.subject == subject), None)
        return f"{found.name} ({subject})" if found else subject

    def _message(self) -> str:
        message = self.facts.get("message")
        if message is None:
            return ""
        cut = "" if message["complete"] else components.notice(self._say("cut"), "wait")
        return tag(
            "section",
            tag("h2", self._say("message")),
            tag("p", self._say("message_caption"), class_="soft"),
            cut,
            *(self._segment(segment) for segment in message["segments"]),
        )

    def _segment(self, segment: Mapping[str, Any]) -> Html:
        """One segment, folded: its name, and its fields."""
        number = f" [{segment['number']}]" if segment["number"] > 1 else ""
        name = f"{segment['segment']}{number}"
        columns = [
            components.Column(self._say("field"), "tight"),
            components.Column(self._say("name")),
            components.Column(self._say("value")),
        ]
        rows = [self._field(segment["segment"], field) for field in segment["fields"]]
        count = f" · {self._counted(len(rows), 'one_field', 'fields')}"
        return tag(
            "details",
            tag("summary", tag("code", name), tag("small", count)),
            components.listing(name, columns, rows),
        )

    def _field(self, segment: str, field: Mapping[str, Any]) -> tuple[str, ...]:
        return (
            tag("code", f"{segment}-{field['number']}"),
            self.layout.words(field["name"]) if "name" in field else "",
            join(*(_value(components) for components in field["values"])),
        )

    def _listing(self, name: str, columns: Mapping[str, str], rows: Sequence[Sequence[str]]) -> str:
        """A section with a listing, nothing when it has no row; ``columns``: label to class."""
        if not rows:
            return ""
        made = [components.Column(self._say(label), class_) for label, class_ in columns.items()]
        caption = self._say(f"{name}_caption")
        return tag("section", tag("h2", self._say(name)), components.listing(caption, made, rows))


# Characters of a value that are shown at once; the rest is one key away.
_SHOWN: Final = 160


def _value(components: Sequence[str]) -> Html:
    """One repetition: its components up to the last that says something."""
    said = list(components)
    while said and not said[-1]:
        said.pop()
    text = " ^ ".join(said)
    if len(text) <= _SHOWN:
        return tag("div", text)
    return tag("details", tag("summary", f"{text[:_SHOWN]}…"), tag("div", text))
