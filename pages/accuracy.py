"""Accuracy: how right each engine, the merge and the risk were on the pages that people have reviewed."""

from __future__ import annotations

import streamlit as st

from evaluation.league import MERGED, PageResult, Row, Summary, summary
from pages import charts, common
from pages.common import esc
from pages.identity import language, t
from storage.documents import find
from workflow import accuracy


def main() -> None:
    pages = accuracy.reviewed_pages(common.project())
    if not pages:
        _empty()
        return
    names = {p.document.id: p.document.name for p in pages}
    which, failures, csv = st.columns([4, 2.2, 0.8], vertical_alignment="bottom")
    chosen = which.multiselect(
        t("common.documents"), list(names), format_func=names.__getitem__, placeholder=t("accuracy.all_pages")
    )
    as_empty = failures.toggle(t("accuracy.as_empty"), value=True)
    pages = [p for p in pages if not chosen or p.document.id in chosen]
    found = summary(_results(pages))
    rows = found.rows_with_failures if as_empty else found.rows
    csv.download_button(
        "CSV",
        lambda: accuracy.league_csv(rows, pages=found.pages, failures_as_empty=as_empty),
        "accuracy.csv",
        "text/csv",
        on_click="ignore",
        width="stretch",
        help=t("accuracy.csv_hint"),
    )
    _table(found, rows)
    review, reliability, cost = st.columns(3, gap="medium")
    with review:
        _review(found)
    with reliability:
        _reliability(found)
    with cost:
        _cost(rows)


def _results(pages: list[accuracy.Reviewed]) -> list[PageResult]:
    """The pages' scores; those that have to be made now show how far they are."""
    place = st.empty()

    def show(done: int) -> None:
        place.progress(done / len(pages), t("accuracy.comparing", done=done, all=len(pages)))

    results = accuracy.results(common.project(), pages, show)
    place.empty()
    return results


def _empty() -> None:
    common.html(
        f'<p class="iv-name">{t("accuracy.none")}</p><p class="iv-mute">{t("accuracy.none_hint")}</p>'
    )
    to = "review" if find(common.project()) else "documents"
    if st.button(t(f"common.{to}")):
        st.switch_page(common.HERE / f"{to}.py")


def _table(found: Summary, rows: tuple[Row, ...]) -> None:
    size = {"pages": t("accuracy.reviewed", n=found.pages), "words": t("common.words", n=found.slots)}
    basis = t("accuracy.basis", decided=f"{found.decided:,}", **size)
    more = [t(f"accuracy.{head}") for head in ("seconds", "cost", "pages", "failed")]
    heads = ["NLS", "BoC-F1", "CER", "WER", *more]
    common.html(
        f'<table class="iv-table"><thead><tr><th scope="col">{t("accuracy.engine")}</th>'
        f'<th scope="col">{t("accuracy.version")}</th>'
        + "".join(f'<th scope="col" class="n">{head}</th>' for head in heads)
        + f"</tr></thead><tbody>{''.join(_row(r, found.pages) for r in rows)}</tbody></table>"
        f'<p class="iv-mute">{basis} '
        f"{t('accuracy.normalised')} Inkveil {esc(accuracy.inkveil_version())}.</p>"
    )


def _row(row: Row, pages: int) -> str:
    name = esc(accuracy.title(row.name, language()))
    read = f"{row.pages:,}" if row.pages == pages else t("accuracy.of", n=row.pages, all=pages)
    failed = f'<span class="iv-bad">{row.failed:,}</span>' if row.failed else "0"
    cells = (
        f"{row.nls:.3f}", f"{row.boc_f1:.3f}", f"{row.cer:.1%}", f"{row.wer:.1%}",
        f"{row.seconds:.1f}" if row.pages else "",
        f"{row.cost:.4f}" if row.cost else t("accuracy.free"), read, failed,
    )  # fmt: skip
    return (
        f"<tr><td>{f'<b>{name}</b>' if row.name == MERGED else name}</td>"
        f'<td class="iv-mute">{esc(", ".join(row.versions))}</td>'
        + "".join(f'<td class="n">{cell}</td>' for cell in cells)
        + "</tr>"
    )


def _head(title: str, reading: str, name: str, csv: bytes) -> None:
    """A chart's title, the sentence that says how to read it, and its data."""
    text, button = st.columns([4, 1], vertical_alignment="top")
    with text:
        st.subheader(title, anchor=False)
    button.download_button(
        "CSV", csv, f"{name}.csv", "text/csv", key=name, on_click="ignore", width="stretch"
    )
    common.html(f'<p class="iv-mute">{reading}</p>')


def _review(found: Summary) -> None:
    rows = [(charts.curve_name(c), x, y) for c in found.curves for x, y in c.points]
    csv = accuracy.as_csv(("curve", "words_looked_at", "errors_found"), rows)
    reading = t("accuracy.curve_hint")
    _head(t("accuracy.curve"), reading, "review-curve", csv)
    if found.curves:
        st.altair_chart(charts.review_curve(found.curves), width="stretch")
    else:
        common.html(f'<p class="iv-mute">{t("accuracy.no_errors")}</p>')


def _reliability(found: Summary) -> None:
    heads = ("from", "to", "slots", "risk", "wrong")
    csv = accuracy.as_csv(heads, [[b[h] for h in heads] for b in found.bins])
    reading = t("accuracy.reliability_hint")
    _head(t("accuracy.reliability"), reading, "reliability", csv)
    st.altair_chart(charts.reliability(found.bins), width="stretch")
    figures = [("accuracy.auroc", found.auroc), ("accuracy.ece", found.ece)]
    said = ", ".join(t(key, value=f"{value:.3f}") for key, value in figures if value is not None)
    common.html(f'<p class="iv-mute">{said}</p>')


def _cost(rows: tuple[Row, ...]) -> None:
    csv = accuracy.as_csv(
        ("engine", "cost_a_page", "seconds_a_page", "cer"), [(r.name, r.cost, r.seconds, r.cer) for r in rows]
    )
    reading = t("accuracy.cost_hint" if any(row.cost for row in rows) else "accuracy.cost_free")
    _head(t("accuracy.cost_title"), reading, "cost", csv)
    st.altair_chart(charts.cost_against_accuracy([r for r in rows if r.pages]), width="stretch")


main()
