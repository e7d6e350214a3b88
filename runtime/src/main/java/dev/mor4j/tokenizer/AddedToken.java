package dev.mor4j.tokenizer;

/**
 * A token that is found in the text before the model encodes it.
 *
 * @param singleWord whether it matches only where no word character precedes or follows it
 * @param stripsLeft whether it includes the white space before it
 * @param stripsRight whether it includes the white space after it
 * @param normalized whether it is matched in the normalized text rather than in the original
 * @param special whether it is a control token rather than text
 */
record AddedToken(
    int id,
    String content,
    boolean singleWord,
    boolean stripsLeft,
    boolean stripsRight,
    boolean normalized,
    boolean special) {}
