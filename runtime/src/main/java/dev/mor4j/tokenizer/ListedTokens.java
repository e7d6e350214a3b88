package dev.mor4j.tokenizer;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The tokens of a GGUF file, divided into the model's vocabulary and added tokens. */
final class ListedTokens {
  static final String TOKENS = "tokenizer.ggml.tokens";
  static final String TYPES = "tokenizer.ggml.token_type";

  // ListedMerges tries every way to split a token in two: quadratic in its length.
  private static final int LONGEST = 1024;

  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int USER_DEFINED = 4;

  private final List<String> texts = new ArrayList<>();
  private final IntList ids = new IntList();
  private final List<AddedToken> added = new ArrayList<>();
  private int unknownId = Vocabulary.NONE;

  /**
   * Divides the tokens by their types.
   *
   * @param types types by id, or empty if all tokens are normal
   * @throws UnsupportedTokenizerException if there are no tokens, a token is too long or occurs
   *     twice, or the number of types differs
   */
  ListedTokens(List<String> tokens, int[] types) throws UnsupportedTokenizerException {
    if (tokens.isEmpty()) {
      throw UnsupportedTokenizerException.inFile(TOKENS, "at least one token", "none");
    }
    if (types.length != 0 && types.length != tokens.size()) {
      throw UnsupportedTokenizerException.inFile(
          TYPES, "one type for each of " + tokens.size() + " tokens", "" + types.length);
    }
    Set<String> seen = new HashSet<>();
    for (int id = 0; id < tokens.size(); id++) {
      String text = tokens.get(id);
      if (text.length() > LONGEST || !seen.add(text.isEmpty() ? "[EMPTY_" + id + "]" : text)) {
        throw UnsupportedTokenizerException.inFile(
            TOKENS + "[" + id + "]",
            "a token of at most " + LONGEST + " characters that occurs once",
            MessageText.quote(text));
      }
      add(id, text, types.length == 0 ? 0 : types[id]);
    }
  }

  private void add(int id, String text, int type) {
    // Files with gaps in their vocabulary have empty tokens, which must never match.
    if (text.isEmpty()) {
      return;
    }
    switch (type) {
      case UNKNOWN, CONTROL, USER_DEFINED ->
          added.add(new AddedToken(id, text, false, false, false, false, type != USER_DEFINED));
      default -> {
        texts.add(text);
        ids.add(id);
      }
    }
    if (type == UNKNOWN && unknownId == Vocabulary.NONE) {
      unknownId = id;
    }
  }

  /** The model's vocabulary, with the ids of the file. */
  Vocabulary vocabulary() throws UnsupportedTokenizerException {
    return Vocabulary.sparse(texts.toArray(String[]::new), ids.toArray());
  }

  /** The unknown, control and user-defined tokens. */
  List<AddedToken> added() {
    return List.copyOf(added);
  }

  /** The first token of type unknown, or {@link Vocabulary#NONE}. */
  int unknownId() {
    return unknownId;
  }
}
