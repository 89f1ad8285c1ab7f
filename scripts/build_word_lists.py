"""Builds redaction/lists/*.txt.gz: given and family names, places and ordinary words.

Run at development time only; the project reads the finished files. Sources:

* Faker's person and address providers (MIT) for names and places of every locale it knows;
* the word lists inside Tesseract's language data (tessdata_fast, Apache-2.0), read with the
  `combine_tessdata` and `dawg2wordlist` tools that come with Tesseract, for ordinary words.

    .venv/bin/python scripts/build_word_lists.py --tessdata /usr/share/tesseract-ocr/5/tessdata

Every list is sorted and the archives carry no time, so the same sources give the same bytes.
"""

from __future__ import annotations

import argparse
import gzip
import importlib
import pkgutil
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from redaction.folding import key, skeleton  # noqa: E402
from redaction.recognisers.lexicon import words  # noqa: E402

LANGUAGES = {"en": "eng", "fr": "fra", "de": "deu", "es": "spa", "it": "ita"}
GIVEN = re.compile(r"^(first_names|first_romanized_names|middle_names)(?!.*kana)")
FAMILY = re.compile(r"^(last_names|last_romanized_names|male_last_names|unisex_last_names)")
ANY_NAME = re.compile(f"{GIVEN.pattern}|{FAMILY.pattern}")
PLACES = re.compile(
    r"^(countries|cities|real_city_names|city_names|states|provinces|regions|departments|cantons|counties|"
    r"municipalities|communes|metropolitan_cities|prefectures|distritos|concelhos|region_names|localities|"
    r"settlements|estados|places)$"
)
# Inflections that show an English word to be an ordinary one: grants, granted, granting.
INFLECTIONS = ("s", "es", "ed", "d", "ing", "er", "ly", "y", "ness", "less", "ful", "ish")
# Names that stand so often for people that being a word as well must not matter.
FIRMLY_NAMES = words(
    """
    john jack frank peter paul robert martin victor dick jimmy harry henry charles thomas george james
    mary anna jane smith jones jackson johnson wilson thompson louis louise philippe pierre jean jacques
    marie marc marcel andre rene karl hans otto fritz juan jose carlos maria luis mario marco giovanni
    """
)


# Faker makes up the towns of the United States and has few of Britain, France and Germany.
CITIES = """
New York|New York City|Los Angeles|Chicago|Houston|Phoenix|Philadelphia|San Antonio|San Diego|Dallas|
San Jose|Austin|Jacksonville|Fort Worth|Columbus|Charlotte|San Francisco|Indianapolis|Seattle|Denver|
Boston|Nashville|El Paso|Detroit|Oklahoma City|Portland|Las Vegas|Memphis|Louisville|Baltimore|
Milwaukee|Albuquerque|Tucson|Fresno|Sacramento|Kansas City|Atlanta|Omaha|Colorado Springs|Raleigh|Miami|
Long Beach|Virginia Beach|Oakland|Minneapolis|Tulsa|Tampa|New Orleans|Cleveland|Honolulu|Anaheim|
Lexington|Stockton|Corpus Christi|Henderson|Riverside|Newark|Saint Paul|St. Paul|Cincinnati|Pittsburgh|
St. Louis|Saint Louis|Greensboro|Anchorage|Plano|Orlando|Buffalo|Rochester|Springfield|Salt Lake City|
Spokane|Des Moines|Tacoma|Palo Alto|Berkeley|Cambridge|Pasadena|Santa Barbara|Santa Cruz|Hollywood|
Brooklyn|Manhattan|Queens|Bronx|Washington|Washington DC|Annapolis|Hartford|New Haven|Providence|Albany|
Syracuse|London|Birmingham|Manchester|Liverpool|Leeds|Sheffield|Bristol|Newcastle|Nottingham|Leicester|
Coventry|Bradford|Edinburgh|Glasgow|Cardiff|Belfast|Aberdeen|Dundee|Swansea|Oxford|Brighton|Southampton|
Portsmouth|Plymouth|Exeter|Norwich|Derby|York|Durham|Bath|Canterbury|Winchester|Dublin|Cork|Galway|
Limerick|Toronto|Montreal|Vancouver|Ottawa|Calgary|Edmonton|Winnipeg|Quebec|Halifax|Sydney|Melbourne|
Brisbane|Perth|Adelaide|Canberra|Auckland|Wellington|Paris|Marseille|Lyon|Toulouse|Nice|Nantes|
Strasbourg|Montpellier|Bordeaux|Lille|Rennes|Reims|Toulon|Grenoble|Dijon|Angers|Nîmes|Clermont-Ferrand|
Le Mans|Aix-en-Provence|Brest|Tours|Amiens|Limoges|Annecy|Perpignan|Metz|Besançon|Orléans|Rouen|
Mulhouse|Caen|Nancy|Versailles|Avignon|Poitiers|La Rochelle|Calais|Cannes|Chartres|Cholet|Verdun|
Saint-Germain|Saint-Germain-en-Laye|Saint-Étienne|Saint-Denis|Le Havre|Dunkerque|Troyes|Laval|Vannes|
Lorient|Quimper|Berlin|Hamburg|München|Munich|Köln|Cologne|Frankfurt|Frankfurt am Main|Stuttgart|
Düsseldorf|Dortmund|Essen|Leipzig|Bremen|Dresden|Hannover|Nürnberg|Duisburg|Bochum|Wuppertal|Bielefeld|
Bonn|Münster|Karlsruhe|Mannheim|Augsburg|Wiesbaden|Kiel|Freiburg|Mainz|Heidelberg|Potsdam|Würzburg|Wien|
Vienna|Graz|Linz|Salzburg|Innsbruck|Zürich|Genf|Basel|Bern|Geneva|Genève|Lausanne|Madrid|Barcelona|
Valencia|Sevilla|Zaragoza|Málaga|Murcia|Bilbao|Alicante|Córdoba|Granada|Valladolid|Vigo|Gijón|Salamanca|
Toledo|Pamplona|Buenos Aires|Ciudad de México|Bogotá|Lima|Santiago|Caracas|Quito|La Habana|Montevideo|
Roma|Rome|Milano|Milan|Napoli|Naples|Torino|Turin|Palermo|Genova|Bologna|Firenze|Florence|Bari|Catania|
Venezia|Venice|Verona|Messina|Padova|Trieste|Brescia|Parma|Modena|Perugia|Pisa|Siena|Lisbon|Lisboa|
Porto|Brussels|Bruxelles|Antwerp|Ghent|Bruges|Liège|Amsterdam|Rotterdam|The Hague|Den Haag|Utrecht|
Luxembourg|Copenhagen|Stockholm|Gothenburg|Oslo|Bergen|Helsinki|Reykjavik|Warsaw|Kraków|Prague|Praha|
Budapest|Bucharest|Sofia|Belgrade|Zagreb|Ljubljana|Athens|Istanbul|Ankara|Moscow|Saint Petersburg|Kyiv|
Kiev|Minsk|Riga|Vilnius|Tallinn|Jerusalem|Tel Aviv|Beirut|Damascus|Baghdad|Tehran|Dubai|Cairo|
Alexandria|Tunis|Algiers|Alger|Casablanca|Nairobi|Lagos|Accra|Johannesburg|Cape Town|Delhi|New Delhi|
Mumbai|Bombay|Kolkata|Calcutta|Chennai|Madras|Bangalore|Karachi|Lahore|Dhaka|Bangkok|Singapore|Jakarta|
Manila|Hanoi|Saigon|Hong Kong|Shanghai|Beijing|Peking|Taipei|Seoul|Tokyo|Osaka|Kyoto|Yokohama|Nagoya|
Sapporo|Kobe|Fukuoka|Nagasaki|Hiroshima|Honolulu|England|Scotland|Wales|Northern Ireland|Great Britain|
United States|United States of America|U.S.A|California|Angleterre|Deutschland|Frankreich|Italien|
Spanien|Österreich
""".replace("\n", "").split("|")


def providers(package: str) -> Iterator[type]:
    """The provider of each of a Faker package's locales."""
    module = importlib.import_module(package)
    for entry in pkgutil.iter_modules(module.__path__):
        yield importlib.import_module(f"{package}.{entry.name}").Provider


def strings(provider: type, wanted: re.Pattern[str]) -> Iterator[str]:
    """Every string in the matching attributes of a provider."""
    for name in dir(provider):
        if wanted.match(name) and "kana" not in name and "pairs" not in name:
            yield from _strings(getattr(provider, name))


def attributes(package: str, wanted: re.Pattern[str]) -> Iterator[str]:
    """Every string in the matching attributes of all locales."""
    for provider in providers(package):
        yield from strings(provider, wanted)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (k for k in value if isinstance(k, str))
    elif isinstance(value, list | tuple):
        for item in value:
            if isinstance(item, str):
                yield item
            elif isinstance(item, list | tuple) and item:
                yield from _strings(item[-1])


def dictionary(tessdata: Path, code: str) -> set[str]:
    """The lower-case words of a Tesseract language."""
    with tempfile.TemporaryDirectory() as folder:
        stem = Path(folder) / code
        subprocess.run(
            ["combine_tessdata", "-u", tessdata / f"{code}.traineddata", f"{stem}."],
            check=True,
            capture_output=True,
        )
        subprocess.run(
            ["dawg2wordlist", f"{stem}.lstm-unicharset", f"{stem}.lstm-word-dawg", f"{stem}.txt"],
            check=True,
            capture_output=True,
        )
        lines = Path(f"{stem}.txt").read_text(encoding="utf-8").split("\n")
    return {w for w in lines if len(w) > 1 and w.isalpha() and w == w.lower()}


def commonest(locale: str) -> set[str]:
    """The thousand or so most usual words of a language, as Faker's lorem provider has them."""
    try:
        provider = importlib.import_module(f"faker.providers.lorem.{locale}").Provider
    except ModuleNotFoundError:
        return set()
    return {w.lower() for w in provider.word_list}


def write(name: str, words: Iterable[str]) -> None:
    entries = sorted(set(words))
    data = "\n".join(entries).encode()
    path = ROOT / "redaction" / "lists" / f"{name}.txt.gz"
    path.write_bytes(gzip.compress(data, 9, mtime=0))
    print(f"{name}: {len(entries)} entries, {path.stat().st_size} bytes")


def split_names(values: Iterable[str]) -> set[str]:
    """Single names: "van der Berg" gives berg, because particles are known by themselves."""
    found = set()
    for value in values:
        for part in re.split(r"[\s\-]+", value):
            folded = key(part)
            if len(folded) > 1 and folded.isalpha() and part[0].isupper():
                found.add(folded)
        whole = key(value)
        if "-" in value and len(whole) > 3:
            found.add(whole)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tessdata", type=Path, required=True)
    tessdata = parser.parse_args().tessdata

    given = split_names(attributes("faker.providers.person", GIVEN))
    family = split_names(attributes("faker.providers.person", FAMILY))
    places = {
        key(p)
        for p in attributes("faker.providers.address", PLACES)
        if len(key(p)) > 2 and not any(c.isdigit() for c in p) and len(p) < 40
    }
    cities = {key(c) for c in CITIES}
    places |= cities
    lower = {lang: dictionary(tessdata, code) for lang, code in LANGUAGES.items()}
    locales = {"en": "en_US", "fr": "fr_FR", "de": "de_DE", "es": "es_ES", "it": "it_IT"}
    common = {lang: {key(w) for w in commonest(loc)} for lang, loc in locales.items()}
    english = {key(w) for w in lower["en"]}

    def forms(word: str) -> int:
        stem = word[:-1] if word.endswith("e") else word
        return sum(word + e in english or stem + e in english for e in INFLECTIONS)

    def doubtful(name: str) -> bool:
        """A usual word of any language, an English word with inflections, or a name that few lists have."""
        if name in FIRMLY_NAMES:
            return False
        if any(name in usual for usual in common.values()):
            return True
        return name in english and (forms(name) >= 3 or (forms(name) >= 1 and spread[name] <= 2))

    names = given | family
    spread = Counter(
        n for p in providers("faker.providers.person") for n in split_names(strings(p, ANY_NAME))
    )
    ambiguous = {n for n in names if doubtful(n)}
    places = {
        p
        for p in places
        if p in cities
        or " " in p
        or not (any(p in c for c in common.values()) or (p in english and forms(p) >= 2))
    }
    write("given", given)
    write("family", family)
    write("ambiguous", ambiguous)
    bones = {skeleton(n) for n in names if len(n) > 3 and n.isascii()}
    write("skeletons", {b for b in bones if len(b) > 3})
    write("places", places - {""})
    for lang, own in lower.items():
        folded = {key(w) for w in own}
        write(f"words.{lang}", {w for w in folded if w not in names or w in ambiguous} - places)


if __name__ == "__main__":
    main()
