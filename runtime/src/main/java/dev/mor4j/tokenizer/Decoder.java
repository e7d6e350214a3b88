package dev.mor4j.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;

/** Turns the model's tokens back into text. Immutable; {@link #stage} creates the mutable state. */
sealed interface Decoder {

  /**
   * Creates a stage that sends decoded text to {@code next}.
   *
   * @param start where in the text the stage's input starts
   */
  DecodingStage stage(DecodingStage next, StreamStart start);

  /**
   * Returns the bytes that one token adds in the middle of a text.
   *
   * @param token the token's bytes as the decoders before this one leave them
   */
  byte[] tokenBytes(byte[] token);

  /** Whether the decoder joins all tokens of a text into one. */
  default boolean joinsTokens() {
    return false;
  }

  /** No decoder in the file: the tokens, separated by spaces. */
  record Spaced() implements Decoder {
    @Override
    public DecodingStage stage(DecodingStage next, StreamStart start) {
      return new WholeTokenStage(next) {
        private String separator = start == StreamStart.TEXT ? "" : " ";

        @Override
        void token(String text) {
          next.text(separator + text);
          next.endToken();
          separator = " ";
        }
      };
    }

    @Override
    public byte[] tokenBytes(byte[] token) {
      return (" " + new String(token, UTF_8)).getBytes(UTF_8);
    }
  }

  /** Several decoders, one after the other. */
  record Chain(List<Decoder> parts) implements Decoder {
    public Chain {
      parts = List.copyOf(parts);
    }

    @Override
    public DecodingStage stage(DecodingStage next, StreamStart start) {
      List<StreamStart> starts = new ArrayList<>();
      StreamStart partStart = start;
      for (Decoder part : parts) {
        starts.add(partStart);
        if (part.joinsTokens() && partStart == StreamStart.TOKEN) {
          partStart = StreamStart.FRAGMENT;
        }
      }
      DecodingStage stage = next;
      for (int i = parts.size() - 1; i >= 0; i--) {
        stage = parts.get(i).stage(stage, starts.get(i));
      }
      return stage;
    }

    @Override
    public byte[] tokenBytes(byte[] token) {
      byte[] bytes = token;
      for (Decoder part : parts) {
        bytes = part.tokenBytes(bytes);
      }
      return bytes;
    }

    @Override
    public boolean joinsTokens() {
      return parts.stream().anyMatch(Decoder::joinsTokens);
    }
  }

  /** Tokens are spelled in the {@link ByteAlphabet}. */
  record ByteLevel() implements Decoder {
    @Override
    public DecodingStage stage(DecodingStage next, StreamStart start) {
      return new ByteLevelStage(next);
    }

    @Override
    public byte[] tokenBytes(byte[] token) {
      return ByteAlphabet.decode(new String(token, UTF_8));
    }

    @Override
    public boolean joinsTokens() {
      return true;
    }
  }

  /** Tokens of the form {@code <0xNN>} are bytes. */
  record ByteFallback() implements Decoder {
    @Override
    public DecodingStage stage(DecodingStage next, StreamStart start) {
      return new ByteFallbackStage(next);
    }

    @Override
    public byte[] tokenBytes(byte[] token) {
      int value = ByteFallbackStage.byteValue(new String(token, UTF_8));
      return value < 0 ? token : new byte[] {(byte) value};
    }
  }

  /** Replaces the matches of a pattern in each token. */
  record Replace(TextNormalizer.Replace replacement) implements Decoder {
    @Override
    public DecodingStage stage(DecodingStage next, StreamStart start) {
      return new WholeTokenStage(next) {
        @Override
        void token(String text) {
          next.text(replacement.apply(text));
          next.endToken();
        }
      };
    }

    @Override
    public byte[] tokenBytes(byte[] token) {
      return replacement.apply(new String(token, UTF_8)).getBytes(UTF_8);
    }
  }

  /** Joins all tokens into one. */
  record Fuse() implements Decoder {
    @Override
    public DecodingStage stage(DecodingStage next, StreamStart start) {
      return new DecodingStage() {
        @Override
        public void text(String fragment) {
          next.text(fragment);
        }

        @Override
        public void endToken() {
          // The joined token ends at the end of the input.
        }

        @Override
        public void end() {
          next.endToken();
          next.end();
        }
      };
    }

    @Override
    public byte[] tokenBytes(byte[] token) {
      return token;
    }

    @Override
    public boolean joinsTokens() {
      return true;
    }
  }

  /**
   * Removes a character from both ends of each token.
   *
   * @param character the code point to remove
   * @param start how many are removed at the start of a token at most
   * @param stop how many are removed at the end of a token at most
   */
  record Strip(int character, int start, int stop) implements Decoder {
    @Override
    public DecodingStage stage(DecodingStage next, StreamStart streamStart) {
      return new StripStage(this, next, streamStart != StreamStart.FRAGMENT);
    }

    @Override
    public byte[] tokenBytes(byte[] token) {
      return token;
    }
  }

  /**
   * Turns the visible space into a space.
   *
   * @param replacement the visible space
   * @param prepended whether encoding puts one before a text: it is removed from the first token
   */
  record Metaspace(String replacement, boolean prepended) implements Decoder {
    @Override
    public DecodingStage stage(DecodingStage next, StreamStart start) {
      return new DecodingStage() {
        private String space = prepended && start == StreamStart.TEXT ? "" : " ";

        @Override
        public void text(String fragment) {
          next.text(fragment.replace(replacement, space));
        }

        @Override
        public void endToken() {
          space = " ";
          next.endToken();
        }

        @Override
        public void end() {
          next.end();
        }
      };
    }

    @Override
    public byte[] tokenBytes(byte[] token) {
      return new String(token, UTF_8).replace(replacement, " ").getBytes(UTF_8);
    }
  }
}
