package dev.mor4j.tokenizer;

/**
 * How a {@link BpeModel} treats words and characters beyond its merges.
 *
 * @param unknownId the token for characters that the vocabulary lacks, or {@link Vocabulary#NONE}
 * @param fuseUnknown whether neighbouring unknown characters become one token
 * @param byteFallback whether unknown characters become {@code <0xNN>} tokens where these exist
 * @param ignoreMerges whether a word that is in the vocabulary is taken whole
 */
record BpeOptions(int unknownId, boolean fuseUnknown, boolean byteFallback, boolean ignoreMerges) {}
