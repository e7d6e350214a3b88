package dev.mor4j.tokenizer;

import java.util.List;

/**
 * A tokenizer as GGUF files list it.
 *
 * @param kind {@code gpt2} for byte-level byte-pair encoding, {@code llama} for SentencePiece
 * @param preTokenizer how {@code gpt2} cuts words; without meaning for {@code llama}
 * @param tokens texts by id; {@code gpt2} spells normal ones in its alphabet of bytes
 * @param types kinds of tokens by id, or empty where all are normal: 1 normal, 2 unknown, 3
 *     control, 4 user-defined, 5 unused, 6 byte
 * @param scores by id, for {@code llama}: what joins to the token of the highest score is joined
 *     first; or empty where all are equal
 * @param merges for {@code gpt2}: two tokens with a space between, the earliest first
 * @param addsSpacePrefix whether {@code llama} puts a space before each text
 */
public record TokenLists(
    String kind,
    String preTokenizer,
    List<String> tokens,
    int[] types,
    float[] scores,
    List<String> merges,
    boolean addsSpacePrefix) {}
