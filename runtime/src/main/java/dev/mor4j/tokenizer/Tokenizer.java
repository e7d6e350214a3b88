package dev.mor4j.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Text to token ids and back, as a tokenizer.json says; ids and texts equal those of Hugging Face's
 * tokenizers library. Supports byte-pair encoding models with the usual pipelines (GPT-2, Llama 3,
 * Qwen2, SentencePiece). Immutable; any thread may use it.
 */
public final class Tokenizer {

  private final TextNormalizer normalizer;
  private final PreTokenizer preTokenizer;
  private final BpeModel model;
  private final Decoder decoder;
  private final AddedTokens addedTokens;
  private final TokenTemplate template;

  Tokenizer(Parts parts) {
    normalizer = parts.normalizer();
    preTokenizer = parts.preTokenizer();
    model = parts.model();
    decoder = parts.decoder();
    addedTokens = parts.addedTokens();
    template = parts.template();
  }

  /** What a tokenizer is made of. */
  record Parts(
      TextNormalizer normalizer,
      PreTokenizer preTokenizer,
      BpeModel model,
      Decoder decoder,
      AddedTokens addedTokens,
      TokenTemplate template) {}

  /**
   * Reads a tokenizer.
   *
   * @param json the whole content of a tokenizer.json
   * @throws UnsupportedTokenizerException if it is malformed, contradicts itself, or asks for a
   *     model or a component that this class does not have
   */
  public static Tokenizer fromJson(String json) throws UnsupportedTokenizerException {
    return new Tokenizer(TokenizerJson.read(json));
  }

  /**
   * Builds the tokenizer that a GGUF file lists, as it is without a tokenizer.json.
   *
   * @throws UnsupportedTokenizerException if the kind or the pre-tokenizer is unknown, or the lists
   *     contradict each other
   */
  public static Tokenizer fromLists(TokenLists lists) throws UnsupportedTokenizerException {
    return new Tokenizer(ListedTokenizer.read(lists));
  }

  /**
   * The ids of a text; added tokens in it, special ones too, are recognised. Nothing is put before
   * or after it: see {@link #template}. Lone surrogates count as U+FFFD.
   */
  public int[] encode(String text) {
    return encode(text, true);
  }

  /**
   * The ids of a text in which special tokens are plain text: for prompts from people who are not
   * to be trusted with them.
   */
  public int[] encodeOrdinary(String text) {
    return encode(text, false);
  }

  private int[] encode(String text, boolean withSpecial) {
    IntList ids = new IntList();
    addedTokens
        .inRawText()
        .split(
            new Piece(wellFormed(text), true),
            withSpecial,
            ids::add,
            piece -> encodeRaw(piece, withSpecial, ids));
    return ids.toArray();
  }

  private void encodeRaw(Piece piece, boolean withSpecial, IntList ids) {
    addedTokens
        .inNormalizedText()
        .split(
            piece.withText(normalizer.apply(piece.text())),
            withSpecial,
            ids::add,
            part -> preTokenizer.split(part, word -> model.encode(word.text(), ids)));
  }

  /**
   * The text of some ids, special tokens included: leave out those that {@link #isSpecial} names if
   * a reader is not to see them. Ids without a token are left out; bytes that are not UTF-8 become
   * U+FFFD.
   */
  public String decode(int... ids) {
    TokenDecoder stream = decoder();
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(stream.accept(id));
    }
    return text.append(stream.finish()).toString();
  }

  /** A fresh decoder for one stream of tokens. */
  public TokenDecoder decoder() {
    return new TokenDecoder(decoder, this::tokenOrNull);
  }

  /** One more than the highest id; ids below it that no token has are rare, but legal. */
  public int tokenCount() {
    return Math.max(model.vocabulary().idCount(), addedTokens.idCount());
  }

  /** The id of a token, given as the vocabulary spells it. */
  public OptionalInt id(String token) {
    AddedToken added = addedTokens.get(token);
    int id = added != null ? added.id() : model.vocabulary().id(token);
    return id == Vocabulary.NONE ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /**
   * A token as the vocabulary spells it: not text, see {@link #decode}.
   *
   * @throws IllegalArgumentException if no token has this id
   */
  public String token(int id) {
    String token = tokenOrNull(id);
    if (token == null) {
      throw new IllegalArgumentException(
          "token id: expected one of 0..%d that has a token, found %d"
              .formatted(tokenCount() - 1, id));
    }
    return token;
  }

  /**
   * The bytes that a token adds in the midst of a text: perhaps a part of a character only.
   *
   * @throws IllegalArgumentException if no token has this id
   */
  public byte[] tokenBytes(int id) {
    return decoder.tokenBytes(token(id).getBytes(UTF_8));
  }

  /** Whether this is a token that steers the model rather than text. */
  public boolean isSpecial(int id) {
    AddedToken added = addedTokens.get(id);
    return added != null && added.special();
  }

  /** The ids that the file wants before and after a text; {@link #encode} leaves them out. */
  public TokenTemplate template() {
    return template;
  }

  private @Nullable String tokenOrNull(int id) {
    AddedToken added = addedTokens.get(id);
    return added != null ? added.content() : model.vocabulary().token(id);
  }

  /** {@code text} with U+FFFD for surrogates that have lost their other half. */
  private static String wellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        // Java's UTF-8 encoder would make a question mark of each.
        StringBuilder repaired = new StringBuilder(text.length());
        text.codePoints()
            .map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xFFFD : c)
            .forEach(repaired::appendCodePoint);
        return repaired.toString();
      }
    }
    return text;
  }
}
