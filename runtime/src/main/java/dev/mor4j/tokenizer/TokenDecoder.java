package dev.mor4j.tokenizer;

import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Decodes one sequence token by token. Text is returned as soon as it is complete: whole characters
 * only, and nothing is held back except the bytes of an incomplete character. All returned texts
 * joined are {@link Tokenizer#decode} of all ids. Used by one thread at a time.
 */
public final class TokenDecoder {
  private final IntFunction<@Nullable String> tokens;
  private final DecodingStage first;
  private final StringBuilder decoded = new StringBuilder();
  private boolean isFinished;

  /**
   * @param tokens spelling by id; null for ids that are not part of the text
   */
  TokenDecoder(Decoder decoder, IntFunction<@Nullable String> tokens, StreamStart start) {
    this.tokens = tokens;
    first = decoder.stage(new LastStage(), start);
  }

  private TokenDecoder() {
    tokens = id -> null;
    first = new LastStage();
  }

  /** Creates a decoder for models without a tokenizer: the text of every token is empty. */
  public static TokenDecoder withoutTokenizer() {
    return new TokenDecoder();
  }

  /**
   * Decodes the next token.
   *
   * @return the text that this token completes, often empty; unknown ids add nothing
   * @throws IllegalStateException after {@link #finish}
   */
  public String accept(int id) {
    if (isFinished) {
      throw new IllegalStateException("token " + id + " came after finish()");
    }
    String token = tokens.apply(id);
    if (token != null) {
      first.text(token);
      first.endToken();
    }
    return takeDecoded();
  }

  /** Ends the sequence and returns the remaining text: U+FFFD for an incomplete character. */
  public String finish() {
    if (!isFinished) {
      isFinished = true;
      first.end();
    }
    return takeDecoded();
  }

  private String takeDecoded() {
    String text = decoded.toString();
    decoded.setLength(0);
    return text;
  }

  /** Collects the text of all tokens. */
  private final class LastStage implements DecodingStage {
    @Override
    public void text(String fragment) {
      decoded.append(fragment);
    }

    @Override
    public void endToken() {
      // Tokens follow each other without a separator.
    }

    @Override
    public void end() {
      // This stage holds nothing back.
    }
  }
}
