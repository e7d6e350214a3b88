package dev.mor4j.tokenizer;

import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Decodes token by token and gives out text as soon as no later token can change it: never half a
 * character. All its answers joined are {@link Tokenizer#decode} of all ids. For one sequence, and
 * one thread at a time.
 */
public final class TokenDecoder {

  private final IntFunction<@Nullable String> tokens;
  private final TokenSink first;
  private final StringBuilder certain = new StringBuilder();
  private boolean finished;

  TokenDecoder(Decoder decoder, IntFunction<@Nullable String> tokens) {
    this.tokens = tokens;
    first = decoder.stage(new LastStage());
  }

  private TokenDecoder() {
    tokens = id -> null;
    first = new LastStage();
  }

  /** One that knows no token and gives no text, for models without a tokenizer. */
  public static TokenDecoder ofNothing() {
    return new TokenDecoder();
  }

  /**
   * The text that became certain with this token; often all of it, sometimes none. An id without a
   * token is left out.
   *
   * @throws IllegalStateException after {@link #finish}
   */
  public String accept(int id) {
    if (finished) {
      throw new IllegalStateException("token " + id + " came after finish()");
    }
    String token = tokens.apply(id);
    if (token != null) {
      first.text(token);
      first.endToken();
    }
    return take();
  }

  /** The text held back so far; bytes that never became a character are U+FFFD in it. */
  public String finish() {
    if (!finished) {
      finished = true;
      first.end();
    }
    return take();
  }

  private String take() {
    String text = certain.toString();
    certain.setLength(0);
    return text;
  }

  /** Where the tokens become one text. */
  private final class LastStage implements TokenSink {
    @Override
    public void text(String fragment) {
      certain.append(fragment);
    }

    @Override
    public void endToken() {
      // nothing parts two tokens in the text
    }

    @Override
    public void end() {
      // nothing is held back here
    }
  }
}
