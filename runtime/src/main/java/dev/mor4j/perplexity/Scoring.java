package dev.mor4j.perplexity;

import dev.mor4j.engine.Model;
import dev.mor4j.model.InvalidConfigException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** Which tokens of a text are scored, and with how much text before them. */
public enum Scoring {
  /**
   * Every position of windows that do not overlap. Documents stand between lines {@value
   * #SEPARATOR}; each starts with the BOS token if the model has one.
   */
  ALL {
    @Override
    int[] tokens(Model model, String text) throws IOException {
      List<int[]> documents = new ArrayList<>();
      for (String document : BETWEEN_DOCUMENTS.split(text, -1)) {
        documents.add(model.encode(document));
      }
      return documents.stream().flatMapToInt(Arrays::stream).toArray();
    }

    @Override
    List<ScoredWindow> windows(int[] tokens, int size, OptionalInt bos) {
      return starts((tokens.length - 1) / size, size)
          .mapToObj(
              start ->
                  new ScoredWindow(
                      Arrays.copyOfRange(tokens, start, start + size),
                      0,
                      Arrays.copyOfRange(tokens, start + 1, start + size + 1)))
          .toList();
    }
  },

  /**
   * The second half of each window, the text being one document, special tokens in it plain text,
   * and each window's first token replaced by the BOS token: the rule of llama.cpp's perplexity
   * tool.
   */
  HALF {
    @Override
    int[] tokens(Model model, String text) throws IOException {
      int[] ids = model.tokenizer().encodeOrdinary(text);
      OptionalInt bos = model.bosToken();
      return bos.isEmpty()
          ? ids
          : IntStream.concat(IntStream.of(bos.getAsInt()), Arrays.stream(ids)).toArray();
    }

    @Override
    List<ScoredWindow> windows(int[] tokens, int size, OptionalInt bos) {
      return starts(tokens.length / size, size)
          .mapToObj(
              start -> {
                int[] inputs = Arrays.copyOfRange(tokens, start, start + size);
                bos.ifPresent(token -> inputs[0] = token);
                int first = size / 2;
                return new ScoredWindow(
                    inputs, first, Arrays.copyOfRange(tokens, start + first + 1, start + size));
              })
          .toList();
    }
  };

  /** The line that separates documents. White space after it and CRLF line ends are allowed. */
  public static final String SEPARATOR = "<|endoftext|>";

  private static final Pattern BETWEEN_DOCUMENTS =
      Pattern.compile("\\r?\\n" + Pattern.quote(SEPARATOR) + "[ \\t]*\\r?\\n");

  /** A half of less scores nothing. */
  static final int SMALLEST_WINDOW = 4;

  abstract int[] tokens(Model model, String text) throws IOException;

  abstract List<ScoredWindow> windows(int[] tokens, int size, OptionalInt bos);

  /**
   * Cuts texts, each by itself, into windows; what does not fill one is left out.
   *
   * @param texts whole, a line break at their end dropped
   * @param size inputs of a window
   * @throws InvalidConfigException if the size is out of range, or a text does not fill one window
   */
  public ScoredText cut(Model model, List<String> texts, int size) throws IOException {
    int most = model.config().contextLength();
    if (size < SMALLEST_WINDOW || size > most) {
      throw new InvalidConfigException(
          "window (-c)",
          "%d..%d (the model's context)".formatted(SMALLEST_WINDOW, most),
          String.valueOf(size));
    }
    List<ScoredWindow> windows = new ArrayList<>();
    for (String text : texts) {
      int[] tokens = tokens(model, text);
      List<ScoredWindow> some = windows(tokens, size, model.bosToken());
      if (some.isEmpty()) {
        throw new InvalidConfigException(
            "text",
            "at least %d tokens, one window (-c)".formatted(this == ALL ? size + 1 : size),
            tokens.length + " tokens");
      }
      windows.addAll(some);
    }
    return new ScoredText(windows);
  }

  private static IntStream starts(int count, int size) {
    return IntStream.range(0, count).map(window -> window * size);
  }
}
