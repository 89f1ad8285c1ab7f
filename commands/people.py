"""The `inkveil` commands about the work itself: people, rules, sharing, double entry, certified accuracy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import click

from commands.base import Context, actor, common, open_project
from model.errors import UsageError
from model.policy import ROLES, Target, policy_to_json


class Share(click.ParamType[float]):
    """A share as 0.5% or 0.005."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        text = str(value).strip()
        try:
            number = float(text.rstrip("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            self.fail(f"{text} is no share: 0.5% or 0.005.", param, ctx)
        if not 0 <= number < 1:
            self.fail(f"{text} is not between 0 % and 100 %.", param, ctx)
        return number


@click.group(invoke_without_command=True)
@common
def people(context: Context) -> None:
    """Who may do what; `people set NAME ROLE` gives a role, `none` takes it back."""
    if click.get_current_context().invoked_subcommand is not None:
        return
    from storage import people as stored

    known = stored.everybody(open_project(context))
    rows = [{"person": name, "role": role} for name, role in known.items()]
    context.answer({"people": rows}, "\n".join(f"{r['role']:14} {r['person']}" for r in rows) or "Nobody.")


@people.command(name="set")
@common
@click.argument("name")
@click.argument("role", type=click.Choice([*ROLES, "none"]))
def set_role(context: Context, name: str, role: str) -> None:
    """Gives NAME (what they sign in with) a role, or takes it back."""
    from storage import people as stored

    project = open_project(context)
    stored.set_role(project, name, None if role == "none" else role, actor=actor())  # type: ignore[arg-type]
    context.answer({"person": name, "role": stored.role(project, name)}, f"{name}: {role}")


@click.command()
@common
@click.option("--four-eyes/--no-four-eyes", default=None, help="Nobody approves their own decisions.")
@click.option("--entry", type=click.Choice(["single", "blind"]), help="How new documents are entered.")
@click.option("--target", type=Share(), help="At most this share of the words nobody saw may be wrong.")
@click.option("--confidence", type=Share(), help="Of the target; 95 % unless given.")
@click.option("--no-target", is_flag=True, help="Approval waits for no target.")
@click.option("--seeds", type=Share(), help="Known errors among the doubtful words, as a share of them.")
def policy(
    context: Context,
    four_eyes: bool | None,
    entry: str | None,
    target: float | None,
    confidence: float | None,
    no_target: bool,
    seeds: float | None,
) -> None:
    """The project's rules; options change them."""
    from review import policy as stored

    project = open_project(context)
    now = stored.policy(project)
    wanted = now
    if four_eyes is not None:
        wanted = replace(wanted, four_eyes=four_eyes)
    if entry is not None:
        wanted = replace(wanted, entry="blind" if entry == "blind" else "single")
    if no_target:
        wanted = replace(wanted, target=None)
    elif target is not None or confidence is not None:
        before = now.target or Target(0.005)
        rate = before.rate if target is None else target
        wanted = replace(wanted, target=Target(rate, before.confidence if confidence is None else confidence))
    if seeds is not None:
        wanted = replace(wanted, seeds=seeds)
    stored.set_policy(project, wanted, actor())
    rules = policy_to_json(stored.policy(project))
    context.answer(rules, "\n".join(f"{name}: {value}" for name, value in rules.items()))


@click.command()
@common
@click.argument("document")
@click.argument("person")
def assign(context: Context, document: str, person: str) -> None:
    """Assigns DOCUMENT to PERSON, or to `nobody`."""
    from storage import documents
    from workflow import team

    project = open_project(context)
    found = documents.get(project, document)
    team.assign(project, found.id, person, actor())
    context.answer({"document": found.id, "assigned": person}, f"{found.name}: {person}")


@click.command()
@common
@click.argument("document")
@click.argument("mode", type=click.Choice(["single", "blind"]))
def entry(context: Context, document: str, mode: str) -> None:
    """How DOCUMENT is entered: by one person, or blindly by two and settled by a third."""
    from storage import documents
    from workflow import team

    project = open_project(context)
    found = documents.get(project, document)
    team.set_entry(project, found.id, mode, actor())
    context.answer({"document": found.id, "entry": mode}, f"{found.name}: {mode}")


@click.command()
@common
@click.argument("document")
def agreement(context: Context, document: str) -> None:
    """How far the two people who entered DOCUMENT blindly agree, on pages that both have handed in."""
    from review import agreement as measured
    from review import live
    from storage import documents

    project = open_project(context)
    found = documents.get(project, document)
    result = measured.of_document(live.document(project, found.id))
    share = result.share
    answer = {
        "document": found.id,
        "pages": result.pages,
        "words": result.words,
        "agreed": result.agreed,
        "share": None if share is None else round(share, 6),
        "kappa": None if result.kappa is None else round(result.kappa, 6),
        "people": [list(pair) for pair in result.people],
    }
    text = "Nothing has been handed in by two people yet."
    if share is not None:
        kappa = "none" if result.kappa is None else f"{result.kappa:.3f}"
        text = f"{result.agreed} of {result.words} words alike ({share:.1%}), Cohen's kappa {kappa}"
    context.answer(answer, text)


@click.command()
@common
@click.argument("document", required=False)
@click.option("--draw", is_flag=True, help="Draw a sample of as many words as the target needs.")
@click.option("--count", type=click.IntRange(1), help="With --draw: so many words instead.")
def certify(context: Context, document: str | None, draw: bool, count: int | None) -> None:
    """What is certified about the words nobody looked at, of DOCUMENT or of the whole project."""
    from review import certify as certified
    from storage import documents
    from workflow.certification import as_json, statement

    project = open_project(context)
    if count is not None and not draw:
        raise UsageError("--count belongs to --draw.")
    found = documents.get(project, document).id if document else None
    if draw:
        status = certified.draw(project, found, actor(), count=count)
    else:
        status = certified.of_document(project, found) if found else certified.of_project(project)
    people_ = {
        who: {"shown": a.shown, "noticed": a.caught, "put_right": a.right}
        for who, a in certified.attentions(project).items()
    }
    context.answer({**as_json(status), "attention": people_}, " ".join(statement(status)).strip())


@click.command()
@common
@click.option("--from", "since", default="", help="The first day, as 2026-11-26.")
@click.option("--to", "until", default="", help="The last day.")
def stats(context: Context, since: str, until: str) -> None:
    """How the work goes: documents by state, people's pace, how often each engine was right, cost."""
    from dataclasses import asdict

    from workflow.dashboard import dashboard

    figures = asdict(dashboard(open_project(context), since=since, until=until))
    lines = [f"{w['person']}: {w['words']} words, {w['corrected']} corrected" for w in figures["people"]]
    context.answer(figures, "\n".join([f"{figures['left']} words left", *lines]))


COMMANDS: Final = (people, policy, assign, entry, agreement, certify, stats)
