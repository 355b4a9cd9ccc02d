"""Words that mends and advice know: hashtags as libraries write them, words that tags are made of, plain words. English."""

from __future__ import annotations

_TAGS = """
    BannedBooksWeek StoryTime BookTok BookClub LibraryLife LibraryLove NewBooks SummerReading ReadAlong
    LibraryCardSignUpMonth NationalLibraryWeek WorldBookDay FreeComicBookDay OpenAccessWeek SeedLibrary
    ToBeRead AmReading AmWriting FridayReads MakerSpace LibraryOfThings LocalHistory TBRPile GraphicNovels
    ExamWeek StudySpace ResearchHelp InterlibraryLoan ReadingList WorldPoetryDay BlackHistoryMonth PrideMonth
    LibrariesTransform LibrariesWeek ThrowbackThursday HomeworkHelp EBooks YALit SciFi
"""
TAGS = {tag.lower(): tag for tag in _TAGS.split()}

_WORDS = """
    a about academic access accessible adult adults after all and april archive archives art arts at audio august author
    authors autumn award awards baby babies back banned best big bike bird birthday black board book bookish bookmark
    books bookshelf bookstagram branch bring by cafe camp campus card cards career careers cat catalogue catalog celebrate
    chat chess child children childrens christmas class classes classic classics climate close closed closing club code
    coding coffee collection collections college come comic comics community computer concert cook cooking corner craft
    crafts creative crime culture dad daily dance data date day days december design diary digital display dog donate
    drag draw drawing drop early earth easter ebook ebooks education elementary english essay evening event events every
    exam exams exhibition explore fair fall families family fantasy favourite favorite feature february festival fiction
    film finals find fine fines first flash food for free friday friends from fun future game games gaming garden
    gardening genealogy get gift girl global good graphic great green group grow guide halloween happy harvest health
    heritage history holiday holidays home homework hot hour hours how human i idea ideas in indigenous international
    internet interview is it january jazz job jobs join journal july june junior kids kitchen know knitting lab language
    languages late learn learning lecture lets librarian librarians libraries library life lit literacy literary
    literature little live loan local love made magazine maker makers making manga map march math may media meet
    meeting member members memory mens mental month more morning mother movie movies museum music my mystery national
    nature new news newspaper night nonfiction noon novel novels november now october of off old on online open opening
    our outdoor paper parent parents park party pen people pet photo photography pick picks picture play plus podcast
    poem poems poet poetry pop post pride print programme program programs public puppet puzzle quiet quilt quiz quote
    rainbow read reader readers reading ready recommend recommended recommendations record recycle registration
    remember research rhyme romance room sale saturday save school sci science season seed seeds senior seniors series
    share shelf shelfie shop short show sign sing skills small social song songs space spaces sport spring staff star
    start stem steam stay stories story storytime student students studies study summer sunday support swap talk tales
    talks tea teach teachers tech technology teen teens thank thanks the theatre things this thriller throwback thursday
    time to toddler toddlers today tour town toy travel tree trivia truth tuesday tween tweens university up us vacation
    video virtual visit voices volunteer volunteers vote walk war water we wednesday week weekend welcome well wellness
    what when why wild winter with women womens word words work workshop workshops world writer writers writing year
    yoga you young your youth zine zines
"""
WORDS = frozenset(_WORDS.split()) - {"i"}

_KEPT = """
    ASAP BBC COVID DAISY FAQS FINRA HTML HTTP IMAX ISBN ISSN JPEG LGBT LGBTQ LGBTQIA MARC NASA NATO NHS OCLC RSVP SATS STEM
    STEAM TEDX UNESCO UNICEF USMCA WIFI YMCA ADHD AIDS ESOL GCSE IELTS TOEFL PDFS DVDS OPAC GDPR ARPA EBSCO JSTOR
"""
KEEP_CAPITALS = frozenset(_KEPT.split())

PLAIN = {
    "ILL": "interlibrary loan",
    "OPAC": "online catalogue",
    "ILS": "library system",
    "OER": "free learning materials",
    "TBR": "to-read list",
    "LibGuide": "research guide",
    "LibGuides": "research guides",
    "serials": "magazines and journals",
    "periodicals": "magazines and journals",
    "circ desk": "checkout desk",
    "circulation desk": "checkout desk",
    "reference desk": "help desk",
    "bibliographic instruction": "research class",
}
