package dev.mor4j.tokenizer;

import java.util.List;

/**
 * A tokenizer in the form of llama.cpp's GGUF files.
 *
 * @param kind {@code gpt2} for byte-level byte-pair encoding, {@code llama} for SentencePiece
 * @param preTokenizer name of the rule by which {@code gpt2} splits words; unused for {@code llama}
 * @param tokens spellings by id; those of {@code gpt2} are in its byte alphabet, except added
 *     tokens
 * @param types types by id, or empty if all are normal: 1 normal, 2 unknown, 3 control, 4
 *     user-defined, 5 unused, 6 byte
 * @param scores scores by id, for {@code llama}: the merge whose result has the highest score goes
 *     first; empty if all are equal
 * @param merges for {@code gpt2}: two tokens with a space between, in order of priority
 * @param addsSpacePrefix whether encoding by {@code llama} puts a space before each text
 */
public record TokenLists(
    String kind,
    String preTokenizer,
    List<String> tokens,
    int[] types,
    float[] scores,
    List<String> merges,
    boolean addsSpacePrefix) {}
