package dev.mor4j.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.NavigableSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Converts text to token ids and back. Ids and texts equal those of Hugging Face's tokenizers
 * library, except that broken UTF-8 in byte tokens is replaced as {@link #decode} says. Supports
 * byte-pair encoding with the pipelines of GPT-2, Llama 3, Qwen2 and SentencePiece. Immutable; any
 * thread may use it.
 */
public final class Tokenizer {

  private final TextNormalizer normalizer;
  private final PreTokenizer preTokenizer;
  private final BpeModel model;
  private final Decoder decoder;
  private final AddedTokens addedTokens;
  private final Optional<TokenTemplate> template;
  private final NavigableSet<Integer> endTokens;

  Tokenizer(Parts parts) {
    normalizer = parts.normalizer();
    preTokenizer = parts.preTokenizer();
    model = parts.model();
    decoder = parts.decoder();
    addedTokens = parts.addedTokens();
    template = parts.template();
    endTokens = addedTokens.controlTokens(EndTokens::isEnd);
  }

  /** The components of a tokenizer. */
  record Parts(
      TextNormalizer normalizer,
      PreTokenizer preTokenizer,
      BpeModel model,
      Decoder decoder,
      AddedTokens addedTokens,
      Optional<TokenTemplate> template) {}

  /**
   * Reads a tokenizer.
   *
   * @param json the whole content of a tokenizer.json
   * @throws UnsupportedTokenizerException if it is malformed, contradicts itself, or needs a model
   *     or a component that this class does not support
   */
  public static Tokenizer fromJson(String json) throws UnsupportedTokenizerException {
    return new Tokenizer(TokenizerJson.read(json));
  }

  /**
   * Builds the tokenizer of a GGUF file that has llama.cpp's lists instead of a tokenizer.json.
   *
   * @throws UnsupportedTokenizerException if the kind or the pre-tokenizer is unknown, or the lists
   *     contradict each other
   */
  public static Tokenizer fromLists(TokenLists lists) throws UnsupportedTokenizerException {
    return new Tokenizer(ListedTokenizer.read(lists));
  }

  /**
   * Returns the token ids of a text. Added tokens in the text are recognized, control tokens among
   * them. Nothing is added before or after the text: see {@link #template}. Lone surrogates are
   * read as U+FFFD.
   *
   * @throws TokenizationException if a regular expression of the tokenizer takes too many steps on
   *     this text
   */
  public int[] encode(String text) {
    return encode(text, true);
  }

  /**
   * As {@link #encode}, with control tokens read as plain text: for text from untrusted sources.
   *
   * @throws TokenizationException as {@link #encode}
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
   * Returns the text of token ids, control tokens included. Unknown ids add nothing. Bytes that are
   * not UTF-8 become U+FFFD, one for each maximal subpart of a character: E2 80 41 is one U+FFFD
   * and A. (Hugging Face's byte fallback replaces every byte of the run instead.)
   */
  public String decode(int... ids) {
    TokenDecoder stream = decoder(DecodingOptions.WHOLE_TEXT);
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(stream.accept(id));
    }
    return text.append(stream.finish()).toString();
  }

  /** Creates a decoder for one sequence of tokens. */
  public TokenDecoder decoder(DecodingOptions options) {
    return new TokenDecoder(
        decoder,
        options.showsControlTokens() ? this::tokenOrNull : this::textTokenOrNull,
        options.continuesText() ? StreamStart.TOKEN : StreamStart.TEXT);
  }

  /** The highest id plus 1. Ids below it without a token are rare, but valid. */
  public int tokenCount() {
    return Math.max(model.vocabulary().idCount(), addedTokens.idCount());
  }

  /** Returns the id of a token in the spelling of the vocabulary. */
  public OptionalInt id(String token) {
    AddedToken added = addedTokens.get(token);
    int id = added != null ? added.id() : model.vocabulary().id(token);
    return id == Vocabulary.NONE ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /**
   * Returns a token in the spelling of the vocabulary, which is not its text: see {@link #decode}.
   *
   * @throws IllegalArgumentException if no token has this id
   */
  public String token(int id) {
    String token = tokenOrNull(id);
    if (token == null) {
      throw new IllegalArgumentException(
          "token id: expected one of 0..%s that has a token, found %s"
              .formatted(tokenCount() - 1, id));
    }
    return token;
  }

  /** Returns an id with its token's spelling, escaped for messages: {@code 2 "</s>"}. */
  public String describe(int id) {
    String token = tokenOrNull(id);
    return token == null ? String.valueOf(id) : id + " " + MessageText.quote(token);
  }

  /**
   * Returns the bytes that a token adds in the middle of a text; they may be a part of a character.
   *
   * @throws IllegalArgumentException if no token has this id
   */
  public byte[] tokenBytes(int id) {
    return decoder.tokenBytes(token(id).getBytes(UTF_8));
  }

  /** Whether a token is a control token, such as {@code <|im_end|>}, rather than text. */
  public boolean isSpecial(int id) {
    AddedToken added = addedTokens.get(id);
    return added != null && added.special();
  }

  /**
   * The control tokens that, by their spelling, end a text or a turn: {@code <|endoftext|>}, {@code
   * <|im_end|>}, {@code <|eot_id|>} and the like, in ascending order. The model's metadata may name
   * more.
   */
  public NavigableSet<Integer> endTokens() {
    return endTokens;
  }

  /** The first control token that ends a turn of a conversation by its spelling, if any. */
  public OptionalInt endOfTurn() {
    return first(EndTokens::endsTurn);
  }

  /** The first control token that ends a message to a tool by its spelling, if any. */
  public OptionalInt endOfMessage() {
    return first(EndTokens::endsMessage);
  }

  private OptionalInt first(Predicate<String> spelling) {
    NavigableSet<Integer> ids = addedTokens.controlTokens(spelling);
    return ids.isEmpty() ? OptionalInt.empty() : OptionalInt.of(ids.first());
  }

  /**
   * The ids that the file puts before and after a text; empty if the file does not say. {@link
   * #encode} does not add them.
   */
  public Optional<TokenTemplate> template() {
    return template;
  }

  private @Nullable String tokenOrNull(int id) {
    AddedToken added = addedTokens.get(id);
    return added != null ? added.content() : model.vocabulary().token(id);
  }

  private @Nullable String textTokenOrNull(int id) {
    AddedToken added = addedTokens.get(id);
    if (added == null) {
      return model.vocabulary().token(id);
    }
    return added.special() ? null : added.content();
  }

  /** The text with unpaired surrogates replaced by U+FFFD. */
  private static String wellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        // Java's UTF-8 encoder would turn each of them into a question mark.
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
