"""Profiles: the files that come along, what they make of findings and boxes, and mistakes in one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from model.errors import Unreadable, UsageError
from model.findings import Finding, Rule
from model.geometry import Box, Quad
from model.words import TranscriptPage, TranscriptSlot
from redaction import profiles, reasons
from redaction.detect import find, find_text
from redaction.plan import DEFAULT_REASON, automatic
from redaction.recognisers import label_words, national, patterns
from storage import settings
from storage.project import Project

TEXT = (
    "Patient: Wilhelmina Quarterstaff\n"
    "Date of birth: 3 May 1970\n"
    "SSN: 536-22-8145\n"
    "Phone: (415) 555-0137\n"
    "E-mail: w.quarterstaff@example.org\n"
    "The meeting was held on 4 June 2019 at noon.\n"
)


def types(text: str = TEXT, **more: object) -> set[str]:
    return {f.type for f in find_text(text, "en", **more)}  # type: ignore[arg-type]


def own(text: str, name: str = "mine") -> profiles.Profile:
    return profiles.parse(f'title = "Mine"\n{text}', name)


def refused(text: str) -> str:
    with pytest.raises(Unreadable) as error:
        profiles.from_bytes(text.encode(), "mine.toml")
    return str(error.value)


def page(*words: str) -> TranscriptPage:
    """Words in one line, 12 px a letter."""
    slots, x = [], 20.0
    for n, word in enumerate(words):
        box = Box(x, 40, x + 12 * len(word), 64)
        slots.append(TranscriptSlot(f"s{n}", Quad.from_box(box), word, 0, n, box))
        x = box.x1 + 12
    return TranscriptPage(1, 2000, 200, 72.0, tuple(slots))


# -- what comes along ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", profiles.BUILTIN)
def test_every_profile_loads_and_says_what_it_is(name: str) -> None:
    profile = profiles.load(name)
    assert profile.title
    assert profile.description
    assert not profile.own
    codes = {reason.code for reason in profile.reasons}
    for kind in profiles.TYPES:
        assert not codes or profile.rule(kind).reason in codes
    # As they are stored in a project: written as one reason a line, they come back whole.
    if profile.reasons:
        assert reasons.parse([r.line() for r in profile.reasons]) == list(profile.reasons)


def test_the_files_are_those_that_are_named() -> None:
    assert {p.stem for p in profiles.HERE.glob("*.toml")} == set(profiles.BUILTIN)


def test_every_type_that_can_be_found_has_a_name() -> None:
    """A new recogniser's type belongs into redaction.profiles.TYPES, and into the profiles' lists."""
    offered = {kind for r in patterns._engine().registry.recognizers for kind in r.supported_entities}
    offered |= {number.kind for number in national.NUMBERS} | {"LICENSE_PLATE"}
    assert offered | set(label_words.LABELS) <= set(profiles.TYPES)


def test_hipaa_has_its_18_identifiers_and_says_what_is_not_covered() -> None:
    hipaa = profiles.builtin("hipaa")
    assert [i.id for i in hipaa.identifiers] == list("ABCDEFGHIJKLMNOPQR")
    assert {i.id for i in hipaa.identifiers if i.covered == "no"} == {"P"}
    for item in hipaa.identifiers:
        assert bool(item.types) != bool(item.not_covered)
    assert all(hipaa.rule(kind).enabled for kind in profiles.TYPES)
    assert "MEDICAL_ID" in next(i for i in hipaa.identifiers if i.id == "H").types


def test_each_hipaa_identifier_that_is_called_covered_is_found_by_example() -> None:
    examples = {
        "D": "Phone: (415) 555-0137",
        "E": "Fax: (415) 555-0188",
        "F": "w.quarterstaff@example.org",
        "G": "SSN: 536-22-8145",
        "N": "see https://www.example.org/patients/4711",
        "O": "Client IP: 203.0.113.77",
    }
    hipaa = profiles.builtin("hipaa")
    assert {i.id for i in hipaa.identifiers if i.covered == "yes"} == set(examples)
    for item in hipaa.identifiers:
        if item.id in examples:
            assert types(examples[item.id], profile=hipaa) & set(item.types), item.title


@pytest.mark.parametrize("name", ["general", "hipaa"])
def test_what_was_found_without_a_profile_is_found_with_one(name: str) -> None:
    assert find_text(TEXT, "en", profile=profiles.load(name)) == find_text(TEXT, "en")


def test_foia_leaves_when_and_where_an_agency_acted() -> None:
    found = types(profile=profiles.load("foia"))
    assert {"PERSON", "DATE_OF_BIRTH", "US_SSN", "PHONE_NUMBER", "EMAIL_ADDRESS"} <= found
    assert "DATE_TIME" in types()
    assert "DATE_TIME" not in found


# -- types and thresholds ------------------------------------------------------------------------------


def test_a_threshold_lets_pass_what_reaches_it() -> None:
    (name,) = (f for f in find_text(TEXT, "en") if f.type == "PERSON")
    at = own(f"[types.PERSON]\nthreshold = {name.score}\n")
    above = own(f"[types.PERSON]\nthreshold = {min(1.0, name.score + 0.01)}\n")
    assert "PERSON" in types(profile=at)
    assert types(profile=above) == types() - {"PERSON"}


def test_the_defaults_hold_for_what_is_not_named() -> None:
    nothing_but = own("[defaults]\nenabled = false\n[types.US_SSN]\nenabled = true\n")
    assert types(profile=nothing_but) == {"US_SSN"}
    assert types(profile=own("[defaults]\nthreshold = 1.0\n")) <= {"EMAIL_ADDRESS"}


def test_what_does_not_count_hides_nothing_that_does() -> None:
    """A value that two recognisers take is found as long as one of the two types counts."""
    text = "Date of birth: 3 May 1970"
    assert types(text) == {"DATE_OF_BIRTH"}
    without = own("[types.DATE_OF_BIRTH]\nenabled = false\n")
    assert types(text, profile=without) == {"DATE_TIME"}


def test_own_words_always_stay() -> None:
    nothing = own("[defaults]\nenabled = false\nthreshold = 1.0\n")
    rules = (Rule("r1", "word", "meeting"), Rule("r2", "pattern", r"at n\w+"))
    found = find_text(TEXT, "en", rules=rules, profile=nothing)
    assert [(f.type, TEXT[f.start : f.end]) for f in found] == [
        ("USER_WORD", "meeting"),
        ("USER_PATTERN", "at noon"),
    ]


def test_a_name_is_not_looked_for_elsewhere_where_names_do_not_count() -> None:
    text = "Patient: Wilhelmina Quarterstaff\nMs Quarterstaff came at noon. Quarterstaff left.\n"
    without = own("[types.PERSON]\nenabled = false\n")
    assert "PERSON" in types(text)
    assert "PERSON" not in types(text, profile=without)


def test_pages_are_searched_by_the_profile_as_well() -> None:
    sheet = page("Name:", "Wilhelmina", "Quarterstaff", "SSN:", "536-22-8145")
    found = {f.type for f in find([sheet], None, languages=["en"])}
    assert found == {"PERSON", "US_SSN"}
    without = own("[types.PERSON]\nenabled = false\n")
    assert {f.type for f in find([sheet], None, languages=["en"], profile=without)} == {"US_SSN"}
    rule = Rule("r", "word", "Wilhelmina")
    found = {f.type for f in find([sheet], None, languages=["en"], profile=without, rules=[rule])}
    assert found == {"US_SSN", "USER_WORD"}


# -- reasons and labels --------------------------------------------------------------------------------


def test_boxes_have_the_profiles_reason_and_label() -> None:
    sheet = page("Name:", "Wilhelmina", "Quarterstaff", "SSN:", "536-22-8145")
    hipaa = profiles.load("hipaa")
    found = find([sheet], None, languages=["en"], profile=hipaa)
    boxes = automatic(found, [sheet], profile=hipaa)
    assert {(b.kind, b.reason, b.label) for b in boxes} == {
        ("PERSON", "HIPAA (A)", "NAME"),
        ("US_SSN", "HIPAA (G)", "SSN"),
    }
    plain = automatic(found, [sheet])
    assert {(b.reason, b.label) for b in plain} == {(DEFAULT_REASON, "")}
    assert plain == automatic(found, [sheet], profile=profiles.builtin())


def test_an_own_word_has_the_defaults_reason() -> None:
    word = Finding("f", "USER_WORD", "meeting", 1, (), (Box(0, 0, 40, 10),), 1.0, "user:r")
    mine = own('[defaults]\nreason = "sealed"\nlabel = "S"\n')
    assert [(b.reason, b.label) for b in automatic([word], [page("x")], profile=mine)] == [("sealed", "S")]
    assert mine.proposed("USER_WORD") == ""


def test_a_label_is_the_types_else_the_defaults_else_the_reasons() -> None:
    mine = own(
        '[[reasons]]\ncode = "a"\nlabel = "A"\n[[reasons]]\ncode = "b"\nlabel = "B"\n'
        '[defaults]\nreason = "a"\n[types.PERSON]\n[types.AGE]\nreason = "b"\n'
        '[types.URL]\nlabel = "LINK"\n[types.PASSPORT]\nlabel = ""\n'
    )
    got = {kind: mine.rule(kind).label for kind in ("PERSON", "AGE", "URL", "PASSPORT", "US_SSN")}
    assert got == {"PERSON": "A", "AGE": "B", "URL": "LINK", "PASSPORT": "", "US_SSN": "A"}
    assert mine.labels("b") == {"AGE": "B"}


# -- one's own file, and mistakes in it ----------------------------------------------------------------


def test_a_file_of_ones_own_is_a_profile_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "court.toml"
    path.write_bytes(
        b'\xef\xbb\xbftitle = "Court"\r\n[types.PERSON]\r\nthreshold = 0.6\r\nlabel = "\xe5\xa7\x93"\r\n'
    )
    profile = profiles.load(path)
    assert (profile.name, profile.title, profile.own) == ("court", "Court", True)
    assert profile.rule("PERSON") == profiles.TypeRule(True, 0.6, DEFAULT_REASON, "姓")
    assert profile.rule("US_SSN") == profiles.TypeRule()


def test_a_changed_copy_of_a_built_in_does_not_pass_for_it(tmp_path: Path) -> None:
    path = tmp_path / "foia.toml"
    path.write_text(profiles.builtin("foia").source, "utf-8")
    assert not profiles.load(path).own
    path.write_text(profiles.builtin("foia").source.replace("enabled = false", "enabled = true", 1), "utf-8")
    assert profiles.load(path).own
    assert profiles.load(path).name == "own-foia"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('title = "x"\n[types.PERSON\n', 2, "no valid TOML"),
        ('title = "x"\n\n[types.PERSON]\nthreshold = \n', 4, "no valid TOML"),
        ('title = "x"\ndescription = """never closed', 2, "no valid TOML"),
        ('title = "x"\n[types.PERSON]\nlabel = "a"\nlabel = "b"\n', 4, "no valid TOML"),
        ('title = "x"\n\n[types.PERSN]\nenabled = false\n', 3, "types.PERSN: there is no such type"),
        ('title = "x"\n[types]\nAGE = {}\nPERSN = {}\n', 4, "types.PERSN: there is no such type"),
        ('title = "x"\n[types.USER_WORD]\nenabled = false\n', 2, "own words always stay"),
        ('title = "x"\n[types.AGE]\n[types.PERSON]\nthreshold = 1.5\n', 4, "types.PERSON.threshold"),
        ('title = "x"\n[types.PERSON]\nthreshold = -0.1\n', 3, "from 0 to 1"),
        ('title = "x"\n[types.PERSON]\nthreshold = nan\n', 3, "from 0 to 1"),
        ('title = "x"\n[types.PERSON]\nthreshold = "high"\n', 3, "from 0 to 1"),
        ('title = "x"\n[types.PERSON]\nthreshold = true\n', 3, "from 0 to 1"),
        ('title = "x"\n[types.PERSON]\nenabled = "no"\n', 3, "types.PERSON.enabled: true or false"),
        ('title = "x"\n[types.PERSON]\ntreshold = 0.5\n', 3, "types.PERSON.treshold: unknown"),
        ('title = "x"\n[default]\nenabled = true\n', 2, "default: unknown"),
        ('title = "x"\ntypes = ["PERSON"]\n', 2, "types: written as"),
        ('title = "x"\n[types.PERSON]\nlabel = 3\n', 3, "types.PERSON.label: a text"),
        ('title = "x"\n[types.PERSON]\nlabel = "a|b"\n', 3, "may not hold"),
        ('title = "x"\n[types.PERSON]\nlabel = "' + "x" * 201 + '"\n', 3, "longer than 200"),
        ('title = "x"\n[[reasons]]\ncode = "a"\n[types.AGE]\nreason = "a"\n[types.URL]\nreason = "b"\n', 7,
         "types.URL.reason: 'b' is none"),
        ('title = "x"\n[defaults]\nreason = "a"\n[[reasons]]\ncode = "a"\n[[reasons]]\ncode = "a"\n', 7,
         "twice"),
        ('title = "x"\n[[reasons]]\nlabel = "a"\n', 2, "reasons.code: missing"),
        ('title = "x"\n[[identifiers]]\ntitle = "a"\ntypes = ["AGE"]\n[[identifiers]]\ntitle = "b"\n', 6,
         "not_covered"),
        ('title = "x"\n[[identifiers]]\ntitle = "a"\ntypes = ["AGE"]\nnot_covered = "b"\n', 4, "either"),
        ('title = "x"\n[[identifiers]]\ntitle = "a"\ntypes = ["AEG"]\n', 4, "AEG: there is no such type"),
        ('title = "x"\n[[identifiers]]\ntitle = "a"\ntypes = ["AGE"]\n[types.AGE]\nenabled = false\n', 4,
         "covers nothing"),
        ('title = "x"\n[identifiers]\ntitle = "a"\n', 2, "written as [[identifiers]]"),
        ('title = "x"\ndescription = """\n[types.PERSON]\nthreshold = 3\n"""\n[types.AGE]\nthreshold = 3\n',
         7, "from 0 to 1"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(text: str, line: int, words: str) -> None:
    said = refused(text)
    assert said.startswith(f"mine.toml, line {line}: "), said
    assert words in said


def test_files_that_are_no_profile_are_refused(tmp_path: Path) -> None:
    assert "a title is missing" in refused("")
    with pytest.raises(Unreadable, match=r"mine\.toml, line 2: not a text in UTF-8"):
        profiles.from_bytes(b'title = "x"\n# \xff\n', "mine.toml")
    with pytest.raises(Unreadable, match="too large"):
        profiles.from_bytes(b"#" * (profiles.MOST + 1), "mine.toml")
    with pytest.raises(Unreadable, match="no such file"):
        profiles.load(tmp_path / "absent.toml")
    with pytest.raises(UsageError, match="There is no profile 'ferpa': general, gdpr, hipaa, foia"):
        profiles.load("ferpa")
    assert "nested too deep" in refused('title = "x"\na = ' + "[" * 20_000)


# -- a project's choice --------------------------------------------------------------------------------


def test_a_project_keeps_its_profile_with_who_chose_it(tmp_path: Path) -> None:
    project = Project.open(tmp_path)
    assert profiles.of(project) == profiles.builtin()
    before = reasons.codes(project)
    profiles.choose(project, profiles.load("hipaa"), "anna")
    profiles.choose(project, profiles.load("hipaa"), "ben")
    assert profiles.of(project).name == "hipaa"
    assert [actor for _, actor, _ in settings.history(project, profiles.SETTING)] == ["anna"]
    assert reasons.codes(project)[: len(before)] == before
    basis = reasons.by_code(reasons.of(project))["HIPAA (A)"].basis
    assert basis.startswith("45 CFR 164.514")
    profiles.choose(project, profiles.builtin(), "ben")
    assert profiles.of(project).name == "general"


def test_a_project_does_not_need_the_file_of_its_own_profile(tmp_path: Path) -> None:
    project = Project.open(tmp_path / "data")
    path = tmp_path / "court.toml"
    path.write_text('title = "Court"\n[defaults]\nreason = "sealed"\n', "utf-8")
    profiles.choose(project, profiles.load(path), "anna")
    path.unlink()
    assert profiles.of(project).rule("AGE").reason == "sealed"
    assert profiles.of(project).own


def test_a_stored_profile_that_cannot_be_read_is_said_and_not_passed_over(tmp_path: Path) -> None:
    project = Project.open(tmp_path)
    settings.set(project, profiles.SETTING, {"name": "old", "toml": 'title = "x"\n[types.GONE]\n'}, "anna")
    with pytest.raises(Unreadable, match="GONE"):
        profiles.of(project)
    profiles.choose(project, profiles.load("gdpr"), "anna")
    assert profiles.of(project).name == "gdpr"
