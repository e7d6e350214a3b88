package dev.mor4j.tokenizer;

/**
 * A token beside the model's vocabulary that is found in the text before the model sees it.
 *
 * @param singleWord whether it counts only where no word character touches it
 * @param stripsLeft whether it swallows the white space before it
 * @param stripsRight whether it swallows the white space after it
 * @param normalized whether it is looked for in the normalized text
 * @param special whether it steers the model rather than being text
 */
record AddedToken(
    int id,
    String content,
    boolean singleWord,
    boolean stripsLeft,
    boolean stripsRight,
    boolean normalized,
    boolean special) {}
