package dev.mor4j.engine;

import dev.mor4j.gguf.GgufFormatException;
import dev.mor4j.gguf.GgufMetadata;
import dev.mor4j.model.MetadataKeys;
import dev.mor4j.model.MorConfig;
import dev.mor4j.tokenizer.TokenLists;
import dev.mor4j.tokenizer.Tokenizer;
import dev.mor4j.tokenizer.UnsupportedTokenizerException;
import java.io.IOException;
import java.util.List;
import java.util.NavigableSet;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads a model file's tokenizer: a whole tokenizer.json, or else the lists that llama.cpp's tools
 * write. Absent keys have llama.cpp's defaults.
 */
final class TokenizerSource {
  private static final String SENTENCE_PIECE = "llama";
  private static final Set<String> ADDS_BOS_BY_DEFAULT = Set.of("llama-bpe", "llama3", "llama-v3");
  private static final int SENTENCE_PIECE_BOS = 1;
  private static final int SENTENCE_PIECE_EOS = 2;

  private final GgufMetadata metadata;
  private final MorConfig config;

  TokenizerSource(GgufMetadata metadata, MorConfig config) {
    this.metadata = metadata;
    this.config = config;
  }

  /**
   * The tokenizer.
   *
   * @throws UnsupportedTokenizerException if it is of an unknown kind, or malformed
   * @throws EngineException if the file has none
   */
  Tokenizer tokenizer() throws IOException {
    String json = metadata.string(MetadataKeys.TOKENIZER_JSON, "");
    if (!json.isEmpty()) {
      return Tokenizer.fromJson(json);
    }
    if (metadata.find(MetadataKeys.TOKENS).isEmpty()) {
      throw new EngineException(
          "%s: has no tokenizer (%s): convert it from a folder that holds tokenizer.json, or give token ids"
              .formatted(metadata.file(), MetadataKeys.TOKENIZER_JSON));
    }
    return Tokenizer.fromLists(lists());
  }

  private TokenLists lists() throws GgufFormatException {
    List<String> tokens = metadata.strings(MetadataKeys.TOKENS);
    if (tokens.size() > config.vocabularySize()) {
      throw new GgufFormatException(
          metadata.file(),
          MetadataKeys.TOKENS,
          "at most " + config.vocabularySize() + " tokens",
          String.valueOf(tokens.size()));
    }
    String kind = metadata.string(MetadataKeys.TOKENIZER_MODEL);
    boolean isSentencePiece = kind.equals(SENTENCE_PIECE);
    return new TokenLists(
        kind,
        metadata.string(MetadataKeys.TOKENIZER_PRE, ""),
        tokens,
        metadata.int32s(MetadataKeys.TOKEN_TYPES, new int[0]),
        isSentencePiece ? metadata.float32s(MetadataKeys.TOKEN_SCORES, new float[0]) : new float[0],
        kind.equals("gpt2") ? metadata.strings(MetadataKeys.TOKEN_MERGES) : List.of(),
        metadata.bool(MetadataKeys.ADD_SPACE_PREFIX, true));
  }

  /** The BOS token if the file adds one before every text. */
  OptionalInt bos() throws GgufFormatException {
    OptionalInt token = tokenId(MetadataKeys.BOS_TOKEN_ID, SENTENCE_PIECE_BOS);
    boolean isAdded =
        metadata.bool(
            MetadataKeys.ADD_BOS_TOKEN,
            isSentencePiece()
                || ADDS_BOS_BY_DEFAULT.contains(metadata.string(MetadataKeys.TOKENIZER_PRE, "")));
    return isAdded ? token : OptionalInt.empty();
  }

  /** The EOS token, if there is one. */
  OptionalInt eos() throws GgufFormatException {
    return tokenId(MetadataKeys.EOS_TOKEN_ID, SENTENCE_PIECE_EOS);
  }

  /** All tokens that end a text by the metadata: EOS, end of turn, end of message, and the list. */
  NavigableSet<Integer> endTokens() throws GgufFormatException {
    NavigableSet<Integer> ids = new TreeSet<>();
    eos().ifPresent(ids::add);
    for (String key : List.of(MetadataKeys.EOT_TOKEN_ID, MetadataKeys.EOM_TOKEN_ID)) {
      if (metadata.find(key).isPresent()) {
        ids.add(required(key, metadata.count(key)));
      }
    }
    for (int id : metadata.int32s(MetadataKeys.END_TOKEN_IDS, new int[0])) {
      ids.add(required(MetadataKeys.END_TOKEN_IDS, id));
    }
    return ids;
  }

  private boolean isSentencePiece() throws GgufFormatException {
    return metadata.string(MetadataKeys.TOKENIZER_MODEL, "").equals(SENTENCE_PIECE);
  }

  private OptionalInt tokenId(String key, int ofSentencePiece) throws GgufFormatException {
    if (metadata.find(key).isEmpty()) {
      return isSentencePiece() && ofSentencePiece < config.vocabularySize()
          ? OptionalInt.of(ofSentencePiece)
          : OptionalInt.empty();
    }
    return OptionalInt.of(required(key, metadata.count(key)));
  }

  private int required(String key, int id) throws GgufFormatException {
    if (id < 0 || id >= config.vocabularySize()) {
      throw new GgufFormatException(
          metadata.file(), key, "a token id below " + config.vocabularySize(), String.valueOf(id));
    }
    return id;
  }
}
