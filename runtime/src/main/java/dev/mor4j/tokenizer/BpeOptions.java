package dev.mor4j.tokenizer;

/**
 * How a {@link BpeModel} encodes words and characters that its merges do not cover.
 *
 * @param unknownId the token of characters that are not in the vocabulary, or {@link
 *     Vocabulary#NONE}
 * @param fuseUnknown whether consecutive unknown characters become one token
 * @param byteFallback whether unknown characters become {@code <0xNN>} tokens where the vocabulary
 *     has them
 * @param ignoreMerges whether a word that is in the vocabulary becomes one token, whatever the
 *     merges say
 */
record BpeOptions(int unknownId, boolean fuseUnknown, boolean byteFallback, boolean ignoreMerges) {}
