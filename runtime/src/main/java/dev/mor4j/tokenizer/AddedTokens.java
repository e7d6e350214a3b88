package dev.mor4j.tokenizer;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Tokens that are found in the text before the model encodes it, by id and by spelling. */
final class AddedTokens {

  private final Map<Integer, AddedToken> byId = new HashMap<>();
  private final Map<String, AddedToken> byContent = new HashMap<>();
  private final AddedTokenMatcher inRawText;
  private final AddedTokenMatcher inNormalizedText;

  AddedTokens(List<AddedToken> tokens, TextNormalizer normalizer) {
    List<AddedTokenMatcher.Spelling> raw = new ArrayList<>();
    List<AddedTokenMatcher.Spelling> normalized = new ArrayList<>();
    for (AddedToken token : tokens) {
      byId.put(token.id(), token);
      byContent.put(token.content(), token);
      String spelling = token.normalized() ? normalizer.apply(token.content()) : token.content();
      if (!spelling.isEmpty()) {
        (token.normalized() ? normalized : raw)
            .add(new AddedTokenMatcher.Spelling(spelling, token));
      }
    }
    inRawText = new AddedTokenMatcher(raw);
    inNormalizedText = new AddedTokenMatcher(normalized);
  }

  @Nullable AddedToken get(int id) {
    return byId.get(id);
  }

  @Nullable AddedToken get(String content) {
    return byContent.get(content);
  }

  /** The ids of control tokens with a spelling that the predicate accepts. */
  NavigableSet<Integer> controlTokens(Predicate<String> spelling) {
    NavigableSet<Integer> ids = new TreeSet<>();
    for (AddedToken token : byId.values()) {
      if (token.special() && spelling.test(token.content())) {
        ids.add(token.id());
      }
    }
    return Collections.unmodifiableNavigableSet(ids);
  }

  /** Finds the tokens that are matched before normalization. */
  AddedTokenMatcher inRawText() {
    return inRawText;
  }

  /** Finds the tokens that are matched after normalization. */
  AddedTokenMatcher inNormalizedText() {
    return inNormalizedText;
  }

  /** The highest id plus 1; 0 without tokens. */
  int idCount() {
    return byId.keySet().stream().mapToInt(id -> id + 1).max().orElse(0);
  }
}
