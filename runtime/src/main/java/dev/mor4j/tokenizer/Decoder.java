package dev.mor4j.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;

/** Turns the model's tokens back into text. Immutable; {@link #stage} makes the moving part. */
sealed interface Decoder {

  /** A fresh stage that passes what it decodes on to {@code next}. */
  TokenSink stage(TokenSink next);

  /** What one token in the midst of a text adds to it: its bytes so far, decoded further. */
  byte[] tokenBytes(byte[] token);

  /** No decoder: the tokens, parted by spaces. */
  record Spaced() implements Decoder {
    @Override
    public TokenSink stage(TokenSink next) {
      return new TokenStage(next) {
        private String separator = "";

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

  /** One after the other. */
  record Chain(List<Decoder> parts) implements Decoder {

    public Chain {
      parts = List.copyOf(parts);
    }

    @Override
    public TokenSink stage(TokenSink next) {
      TokenSink stage = next;
      for (Decoder part : parts.reversed()) {
        stage = part.stage(stage);
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
  }

  /** Spelt in the {@link ByteAlphabet}. */
  record ByteLevel() implements Decoder {
    @Override
    public TokenSink stage(TokenSink next) {
      return new ByteLevelStage(next);
    }

    @Override
    public byte[] tokenBytes(byte[] token) {
      return ByteAlphabet.decode(new String(token, UTF_8));
    }
  }

  /** {@code <0xNN>} tokens are bytes. */
  record ByteFallback() implements Decoder {
    @Override
    public TokenSink stage(TokenSink next) {
      return new ByteFallbackStage(next);
    }

    @Override
    public byte[] tokenBytes(byte[] token) {
      int value = ByteFallbackStage.byteValue(new String(token, UTF_8));
      return value < 0 ? token : new byte[] {(byte) value};
    }
  }

  /** Replaces in each token. */
  record Replace(TextNormalizer.Replace replacement) implements Decoder {
    @Override
    public TokenSink stage(TokenSink next) {
      return new TokenStage(next) {
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

  /** Joins all tokens to one. */
  record Fuse() implements Decoder {
    @Override
    public TokenSink stage(TokenSink next) {
      return new TokenSink() {
        @Override
        public void text(String fragment) {
          next.text(fragment);
        }

        @Override
        public void endToken() {
          // the fused token ends with the last
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
  }

  /** Takes up to so many of a character off the start and the end of each token. */
  record Strip(int character, int start, int stop) implements Decoder {
    @Override
    public TokenSink stage(TokenSink next) {
      return new StripStage(this, next);
    }

    @Override
    public byte[] tokenBytes(byte[] token) {
      return token;
    }
  }

  /** The visible character is a space again, but not in a first token that got it added. */
  record Metaspace(String replacement, boolean prepended) implements Decoder {
    @Override
    public TokenSink stage(TokenSink next) {
      return new TokenSink() {
        private String space = prepended ? "" : " ";

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
