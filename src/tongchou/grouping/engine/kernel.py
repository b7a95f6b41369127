"""The two loops that group a batch, compiled by numba: codes to numbers, and numbers to outcomes.

`encode` looks every code up in an open-addressing table whose keys are three 8-byte words; `decide` joins what a
case's codes and numbers bring and walks through the places that its principal codes leave open. Both let go of the
interpreter's lock, and are compiled once and kept on disk.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

Words = npt.NDArray[np.uint64]
Whole = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]

LONGEST_CODE = 24
"""Bytes of the longest code that the table holds; longer ones are looked up one by one."""

KEY_WORDS = 3

KEY_MASKS = np.array(
    [
        [(1 << 8 * min(max(length - 8 * word, 0), 8)) - 1 for word in range(KEY_WORDS)]
        for length in range(LONGEST_CODE + 1)
    ],
    dtype=np.uint64,
)
"""The bytes of each of the words that belong to a code, by its length."""

BLOCK = 64
"""Codes that are looked up side by side."""

EMPTY = 0

GATE_SHUT_NEVER = 0
"""Stands in `shut` for a place that is no gate."""

ROW_OF, GRADE, SITES, FIRST_FACT = 0, 1, 2, 3
"""Columns of `info`: the row as principal code; severity and exclusions; body sites; then the facts of any place,
then the facts of a place after the principal one, F words each."""

LEVEL_BITS, EXCLUSION_BITS = 2, 31
"""A grade packs the level, the number of its exclusion plus one, and the number carried plus one."""

TOKEN_BIT, TOKEN_BIT_NOT, TOKEN_ALL, TOKEN_ANY = 0, 1, 2, 3
"""A tree over facts in postfix order: push a fact, push its negation, join the last so many by all, by any."""


@intrinsic
def _word_at(typing_context: Any, data: Any, offset: Any) -> Any:  # noqa: ANN401
    """Return the 8 bytes at an offset as a word, aligned or not."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        place = builder.gep(array.data, [arguments[1]])
        word = builder.load(builder.bitcast(place, ir.IntType(64).as_pointer()))
        word.align = 1
        return word

    return types.uint64(data, types.intp), generate


@intrinsic
def _lowest_bit(typing_context: Any, word: Any) -> Any:  # noqa: ANN401
    """Return the number of the lowest bit that is set in a word that is not zero."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), generate


@njit(nogil=True, cache=True, inline="always")
def _word(data, start, length):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Return up to 8 bytes as a word, the missing ones zero."""
    if length <= 0:
        return np.uint64(0)
    if start + 8 <= len(data):
        word = _word_at(data, start)
        if length < 8:
            word &= (np.uint64(1) << np.uint64(8 * length)) - np.uint64(1)
        return word
    word = np.uint64(0)
    for place in range(min(length, 8)):
        word |= np.uint64(data[start + place]) << np.uint64(8 * place)
    return word


@njit(nogil=True, cache=True, inline="always")
def _slot(first, second, third, length, mask):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    mixed = first * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= (second + np.uint64(length)) * np.uint64(0xC2B2AE3D27D4EB4F)
    mixed ^= third * np.uint64(0x165667B19E3779F9)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    return np.int64((mixed >> np.uint64(32)) & np.uint64(mask))


@njit(nogil=True, cache=True)
def fill(table: Words, data: npt.NDArray[np.uint8], offsets: Small, numbers: Small) -> None:
    """Put codes of 1 to `LONGEST_CODE` bytes into a table (capacity x 4, a power of two, all `EMPTY`)."""
    mask = table.shape[0] - 1
    for code in range(len(numbers)):
        start = offsets[code]
        length = offsets[code + 1] - start
        first = _word(data, start, length)
        second = _word(data, start + 8, length - 8)
        third = _word(data, start + 16, length - 16)
        slot = _slot(first, second, third, length, mask)
        while table[slot, 3] != EMPTY:
            slot = (slot + 1) & mask
        table[slot, 0], table[slot, 1], table[slot, 2] = first, second, third
        table[slot, 3] = (np.uint64(length) << np.uint64(32)) | np.uint64(numbers[code] + 1)


@njit(nogil=True, cache=True)
def encode(table: Words, data: npt.NDArray[np.uint8], offsets: Small, numbers: Small, missed: Small) -> int:
    """Write the number of each code of a string column, and the places of those that the table lacks.

    Codes are taken a block at a time, first the keys and slots of all, then what stands there: the processor fetches
    the slots of a block side by side, where one after the other each would wait for the memory.

    Returns:
        How many it lacks; their numbers are left as they were.
    """
    mask = table.shape[0] - 1
    keys = np.empty((BLOCK, KEY_WORDS + 1), dtype=np.uint64)
    slots = np.empty(BLOCK, dtype=np.int64)
    entries = np.empty(BLOCK, dtype=np.uint64)
    lacking = 0
    for block in range(0, len(numbers), BLOCK):
        size = min(BLOCK, len(numbers) - block)
        for place in range(size):
            start = offsets[block + place]
            length = offsets[block + place + 1] - start
            if length <= LONGEST_CODE and start + LONGEST_CODE <= len(data):
                first = _word_at(data, start) & KEY_MASKS[length, 0]
                second = _word_at(data, start + 8) & KEY_MASKS[length, 1]
                third = _word_at(data, start + 16) & KEY_MASKS[length, 2]
            else:
                first = _word(data, start, length)
                second = _word(data, start + 8, length - 8)
                third = _word(data, start + 16, length - 16)
            slot = _slot(first, second, third, length, mask)
            keys[place, 0], keys[place, 1], keys[place, 2] = first, second, third
            keys[place, 3] = np.uint64(length)
            slots[place] = slot
            entries[place] = table[slot, 3]
        for place in range(size):
            length = keys[place, 3]
            if length == 0:
                numbers[block + place] = 0
                continue
            slot, entry = slots[place], entries[place]
            found = False
            while entry != EMPTY and length <= LONGEST_CODE:
                if (
                    table[slot, 0] == keys[place, 0]
                    and table[slot, 1] == keys[place, 1]
                    and table[slot, 2] == keys[place, 2]
                    and entry >> np.uint64(32) == length
                ):
                    numbers[block + place] = np.int32(entry & np.uint64(0xFFFFFFFF)) - 1
                    found = True
                    break
                slot = (slot + 1) & mask
                entry = table[slot, 3]
            if not found:
                missed[lacking] = block + place
                lacking += 1
    return lacking


@njit(nogil=True, cache=True)
def _tree_met(tokens: Whole, start: int, end: int, facts: Words, stack: npt.NDArray[np.bool_]) -> bool:
    top = 0
    for token in range(start, end):
        kind, argument = tokens[token, 0], tokens[token, 1]
        if kind <= TOKEN_BIT_NOT:
            is_set = (facts[argument >> 6] >> np.uint64(argument & 63)) & np.uint64(1) != 0
            stack[top] = is_set if kind == TOKEN_BIT else not is_set
            top += 1
            continue
        met = kind == TOKEN_ALL
        for part in range(top - argument, top):
            met = (met and stack[part]) if kind == TOKEN_ALL else (met or stack[part])
        top -= argument
        stack[top] = met
        top += 1
    return bool(stack[0])


@njit(nogil=True, cache=True)
def decide(  # noqa: PLR0912, PLR0915  # one loop: a call per case would cost more than the work
    fields: Small,
    number_facts: Whole,
    day_surgery: int,
    dx_numbers: Small,
    dx_offsets: Small,
    op_numbers: Small,
    op_offsets: Small,
    dx_info: Whole,
    dx_rows: Words,
    op_info: Whole,
    op_rows: Words,
    site_facts: Whole,
    asks: Words,
    ask_ends: Whole,
    tokens: Whole,
    token_ends: Whole,
    tree_ends: Whole,
    tree_height: int,
    outcomes: Small,
    shut: Whole,
    place_words: int,
    fact_words: int,
    decided: npt.NDArray[np.int16],
) -> None:
    """Write the number of each case's outcome.

    Args:
        fields: fields x cases, the numbers of the cases, -1 where unknown.
        number_facts: facts x 4: field, lowest, highest, bit.
        day_surgery: Row of `fields` that marks cases without severity; -1 where there are none.
        dx_numbers: Numbers of all diagnoses.
        dx_offsets: Where each case's diagnoses begin; one more than there are cases.
        op_numbers: Numbers of all procedures.
        op_offsets: Where each case's procedures begin.
        dx_info: diagnosis codes x (3 + 2F), see `ROW_OF`.
        dx_rows: rows x (W + F): the places that a principal diagnosis leaves open, then the facts about it.
        op_info: The same for procedure codes.
        op_rows: The same for principal procedures.
        site_facts: facts x 3: bit, bits of the sites, how many.
        asks: asks x 3: word of facts, bits wanted, bits not wanted.
        ask_ends: Where each place's asks end; one more than there are places.
        tokens: tokens x 2: trees in postfix order, kind and argument.
        token_ends: Where each place's trees end; one more than there are places.
        tree_ends: Where each tree's tokens end; one more than there are trees.
        tree_height: How many answers a tree ever has to keep at once.
        outcomes: places x 3 by severity, -1 where the place does not take the case.
        shut: For a gate the place at which what lies behind it ends, else `GATE_SHUT_NEVER`.
        place_words: W, words of a mask of places.
        fact_words: F, words of facts.
        decided: The result.
    """
    facts = np.zeros(fact_words, dtype=np.uint64)
    stack = np.zeros(tree_height, dtype=np.bool_)
    one = np.uint64(1)
    for case in range(len(decided)):
        dx_start, dx_end = dx_offsets[case], dx_offsets[case + 1]
        op_start, op_end = op_offsets[case], op_offsets[case + 1]
        principal = dx_numbers[dx_start] if dx_end > dx_start else 0
        main = op_numbers[op_start] if op_end > op_start else 0
        dx_row, op_row = dx_info[principal, ROW_OF], op_info[main, ROW_OF]
        for word in range(fact_words):
            facts[word] = (
                dx_rows[dx_row, place_words + word]
                | op_rows[op_row, place_words + word]
                | np.uint64(dx_info[principal, FIRST_FACT + word])
                | np.uint64(op_info[main, FIRST_FACT + word])
            )
        for fact in range(number_facts.shape[0]):
            number = fields[number_facts[fact, 0], case]
            if number_facts[fact, 1] <= number <= number_facts[fact, 2]:
                bit = number_facts[fact, 3]
                facts[bit >> 6] |= one << np.uint64(bit & 63)
        grade = dx_info[principal, GRADE]
        carried = grade >> (LEVEL_BITS + EXCLUSION_BITS)
        sites = dx_info[principal, SITES]
        level = 0
        for place in range(dx_start + 1, dx_end):
            code = dx_numbers[place]
            for word in range(fact_words):
                facts[word] |= np.uint64(dx_info[code, FIRST_FACT + word])
                facts[word] |= np.uint64(dx_info[code, FIRST_FACT + fact_words + word])
            sites |= dx_info[code, SITES]
            grade = dx_info[code, GRADE]
            own = grade & 3
            if own > level:
                exclusion = (grade >> LEVEL_BITS) & ((1 << EXCLUSION_BITS) - 1)
                if carried == 0 or exclusion != carried:
                    level = own
        if day_surgery >= 0 and fields[day_surgery, case] == 1:
            level = 0
        for place in range(op_start + 1, op_end):
            code = op_numbers[place]
            for word in range(fact_words):
                facts[word] |= np.uint64(op_info[code, FIRST_FACT + word])
                facts[word] |= np.uint64(op_info[code, FIRST_FACT + fact_words + word])
        for fact in range(site_facts.shape[0]):
            left = sites & site_facts[fact, 1]
            hurt = 0
            while left != 0:
                left &= left - 1
                hurt += 1
            if hurt >= site_facts[fact, 2]:
                bit = site_facts[fact, 0]
                facts[bit >> 6] |= one << np.uint64(bit & 63)
        outcome = 0
        open_from = 0
        word = 0
        is_decided = False
        while word < place_words and not is_decided:
            left_open = dx_rows[dx_row, word] & op_rows[op_row, word]
            while left_open != 0:
                number = np.int64(_lowest_bit(left_open))
                left_open &= left_open - one
                number += word << 6
                if number < open_from:
                    continue
                fits = True
                for ask in range(ask_ends[number], ask_ends[number + 1]):
                    there = facts[asks[ask, 0]]
                    if there & asks[ask, 1] != asks[ask, 1] or there & asks[ask, 2] != 0:
                        fits = False
                        break
                if fits:
                    for tree in range(token_ends[number], token_ends[number + 1]):
                        if not _tree_met(tokens, tree_ends[tree], tree_ends[tree + 1], facts, stack):
                            fits = False
                            break
                if shut[number] != GATE_SHUT_NEVER:
                    if fits:
                        outcome = 1
                    else:
                        open_from = shut[number]
                elif fits and outcomes[number, level] >= 0:
                    outcome = outcomes[number, level]
                    is_decided = True
                    break
            word += 1
        decided[case] = outcome
