"""Which topics a word belongs to, and how much it tells."""

import tracemalloc

from bot.postings import KEPT, Postings

TOPICS = 60


def closed(words: dict[int, dict[str, float]]) -> Postings:
    postings = Postings()
    for topic, counts in words.items():
        postings.add(topic, counts)
    postings.close(len(words))
    return postings


def test_a_rare_word_tells_more_than_a_common_one_and_a_strange_one_most() -> None:
    postings = closed({0: {"予定": 1.0, "ドック": 1.0}, 1: {"予定": 1.0}})

    assert postings.rarity("予定") < postings.rarity("ドック") < postings.rarity("天気")


def test_a_topic_explains_the_words_that_belong_to_it_and_the_firmer_the_more() -> None:
    postings = closed({0: {"ドック": 2.0}, 1: {"ドック": 1.0}, 2: {"予定": 1.0}})

    shares = postings.explain(["ドック"])

    assert shares.keys() == {0, 1}
    assert shares[0] > shares[1]


def test_of_a_common_word_the_firmest_topics_are_kept() -> None:
    last = KEPT + 5
    postings = closed({topic: {"ドック": 2.0 if topic == last else 1.0} for topic in range(last + 1)})

    shares = postings.explain(["ドック"])

    assert len(shares) == KEPT
    assert last in shares


def test_a_word_that_belongs_faintly_to_a_topic_tells_more_than_one_that_belongs_to_it_firmly() -> None:
    postings = closed({0: {"予定": 0.35, "ドック": 1.0}, 1: {"予定": 1.0, "ドック": 1.0}})

    assert postings.rarity("予定") > postings.rarity("ドック")


def test_of_a_common_word_all_topics_count_for_how_little_it_tells() -> None:
    postings = closed(
        {topic: {"ドック": 1.0} | ({"予定": 1.0} if topic < KEPT else {}) for topic in range(2 * KEPT)}
    )

    assert postings.rarity("ドック") < postings.rarity("予定")


def test_that_a_topic_has_a_common_word_takes_hardly_any_memory() -> None:
    counts = {f"語{number}": 1.0 + number % 3 for number in range(500)}

    tracemalloc.start()
    postings = closed(dict.fromkeys(range(TOPICS), counts))
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert postings.knows("語0")
    assert kept / (TOPICS * len(counts)) < 30  # bytes
