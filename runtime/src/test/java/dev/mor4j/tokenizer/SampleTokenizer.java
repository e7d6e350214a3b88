package dev.mor4j.tokenizer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Writes small tokenizer.json files with a byte-pair encoding that is trained on the test stories.
 * JSON fragments are passed with single quotes.
 */
final class SampleTokenizer {

  private static final int MERGES = 300;
  private static final String SPECIAL_FLAGS = "'normalized':false,'special':true";

  private final Set<String> tokens = new LinkedHashSet<>();
  private final List<String[]> merges = new ArrayList<>();
  private final Map<String, String> added = new LinkedHashMap<>();
  private String normalizer = "null";
  private String preTokenizer = "null";
  private String decoder = "null";
  private String postProcessor = "null";
  private String modelSettings = "'fuse_unk':false";
  private boolean oldMerges;

  private SampleTokenizer() {}

  /** A vocabulary of all bytes and of frequent sequences in the stories. */
  static SampleTokenizer byteLevel() {
    SampleTokenizer sample = new SampleTokenizer();
    for (int c = 0; c < 0x144; c++) {
      String letter = Character.toString(c);
      if (ByteAlphabet.decode(letter).length == 1) {
        sample.tokens.add(letter);
      }
    }
    sample.train(new PreTokenizer.ByteLevel(false, true), TestTexts.resource("stories.txt"));
    // Words that no merges result in, as Llama 3 has them.
    sample.tokens.add("Ġnight");
    sample.tokens.add(ByteAlphabet.encode("日本語"));
    sample.added.put("<|endoftext|>", SPECIAL_FLAGS);
    return sample;
  }

  /**
   * A vocabulary of characters with visible spaces, bytes to fall back on, and an unknown token.
   */
  static SampleTokenizer sentencePiece() {
    SampleTokenizer sample = new SampleTokenizer();
    sample.tokens.addAll(List.of("<unk>", "<s>", "</s>"));
    for (int value = 0; value < 0x100; value++) {
      sample.tokens.add("<0x%02X>".formatted(value));
    }
    String text = TestTexts.resource("stories.txt").replace("<|endoftext|>", "");
    ("▁ \té日한" + text).codePoints().forEach(c -> sample.tokens.add(Character.toString(c)));
    sample.train(new PreTokenizer.Metaspace("▁", PreTokenizer.PrependScheme.ALWAYS, true), text);
    for (String special : List.of("<unk>", "<s>", "</s>")) {
      sample.added.put(special, SPECIAL_FLAGS);
    }
    return sample;
  }

  SampleTokenizer normalizer(String json) {
    normalizer = json;
    return this;
  }

  SampleTokenizer preTokenizer(String json) {
    preTokenizer = json;
    return this;
  }

  SampleTokenizer decoder(String json) {
    decoder = json;
    return this;
  }

  SampleTokenizer postProcessor(String json) {
    postProcessor = json;
    return this;
  }

  /** Settings of the model, such as {@code 'byte_fallback':true}. */
  SampleTokenizer model(String settings) {
    modelSettings = settings;
    return this;
  }

  /** Writes each merge as one string, as older files do. */
  SampleTokenizer oldMerges() {
    oldMerges = true;
    return this;
  }

  /** An added token; flags that are not given are false. */
  SampleTokenizer added(String content, String flags) {
    added.put(content, flags);
    return this;
  }

  /** Adds a merge of two known tokens after all others. */
  SampleTokenizer merge(String left, String right) {
    merges.add(new String[] {left, right});
    tokens.add(left + right);
    return this;
  }

  /** Lists all pairs of tokens that join to a third, by its id, as the scores imply. */
  SampleTokenizer impliedMerges() {
    merges.clear();
    for (String token : tokens) {
      for (int middle = 1; middle < token.length(); middle++) {
        String left = token.substring(0, middle);
        String right = token.substring(middle);
        if (tokens.contains(left) && tokens.contains(right)) {
          merges.add(new String[] {left, right});
        }
      }
    }
    return this;
  }

  /** The same tokenizer as a GGUF file lists it; earlier tokens have higher scores. */
  TokenLists lists(String kind, String preTokenizer) {
    List<String> all = new ArrayList<>(tokens);
    added.keySet().stream().filter(token -> !tokens.contains(token)).forEach(all::add);
    int[] types = new int[all.size()];
    float[] scores = new float[all.size()];
    for (int id = 0; id < types.length; id++) {
      String flags = added.getOrDefault(all.get(id), "");
      types[id] = flags.isEmpty() ? 1 : flags.contains("'special':true") ? 3 : 4;
      scores[id] = -id;
    }
    if (all.getFirst().equals("<unk>")) {
      types[0] = 2;
    }
    List<String> joined = merges.stream().map(pair -> String.join(" ", pair)).toList();
    return new TokenLists(kind, preTokenizer, all, types, scores, joined, true);
  }

  String json() {
    List<String> vocabulary = new ArrayList<>(tokens);
    String vocabularyJson =
        vocabulary.stream()
            .map(token -> quoted(token) + ":" + vocabulary.indexOf(token))
            .collect(Collectors.joining(","));
    String mergesJson =
        merges.stream()
            .map(
                pair ->
                    oldMerges
                        ? quoted(pair[0] + " " + pair[1])
                        : "[" + quoted(pair[0]) + "," + quoted(pair[1]) + "]")
            .collect(Collectors.joining(","));
    List<String> addedJson = new ArrayList<>();
    for (Map.Entry<String, String> token : added.entrySet()) {
      int known = vocabulary.indexOf(token.getKey());
      if (known < 0) {
        vocabulary.add(token.getKey());
      }
      addedJson.add(
          addedJson(vocabulary.indexOf(token.getKey()), token.getKey(), token.getValue()));
    }
    return """
    {"version":"1.0","truncation":null,"padding":null,"added_tokens":[%s],
     "normalizer":%s,"pre_tokenizer":%s,"post_processor":%s,"decoder":%s,
     "model":{"type":"BPE",%s,"vocab":{%s},"merges":[%s]}}"""
        .formatted(
            String.join(",", addedJson),
            doubleQuotes(normalizer),
            doubleQuotes(preTokenizer),
            doubleQuotes(postProcessor),
            doubleQuotes(decoder),
            doubleQuotes(modelSettings),
            vocabularyJson,
            mergesJson);
  }

  private static String addedJson(int id, String content, String flags) {
    StringBuilder json = new StringBuilder("{\"id\":" + id + ",\"content\":" + quoted(content));
    json.append(',').append(doubleQuotes(flags));
    for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized", "special")) {
      if (!flags.contains("'" + flag + "'")) {
        json.append(",\"").append(flag).append("\":false");
      }
    }
    return json.append('}').toString();
  }

  /** {@code text} as a JSON string; its single quotes survive {@link #doubleQuotes}. */
  static String quoted(String text) {
    StringBuilder json = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < ' ' || c == '\'') {
        json.append("\\u%04x".formatted((int) c));
      } else {
        json.append(c);
      }
    }
    return json.append('"').toString();
  }

  private static String doubleQuotes(String json) {
    return json.replace('\'', '"');
  }

  /** Merges the most frequent pair again and again; ties go to the pair seen first. */
  private void train(PreTokenizer words, String text) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    words.split(new Piece(text, true), word -> counts.merge(word.text(), 1, Integer::sum));
    Map<List<String>, Integer> symbols = new LinkedHashMap<>();
    counts.forEach((word, count) -> symbols.put(List.of(word.split("")), count));
    Map<List<String>, Integer> current = symbols;
    for (int i = 0; i < MERGES; i++) {
      Map<List<String>, Integer> pairs = new LinkedHashMap<>();
      current.forEach(
          (word, count) -> {
            for (int at = 0; at + 1 < word.size(); at++) {
              pairs.merge(word.subList(at, at + 2), count, Integer::sum);
            }
          });
      List<String> best =
          pairs.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
      merges.add(best.toArray(String[]::new));
      tokens.add(String.join("", best));
      Map<List<String>, Integer> merged = new LinkedHashMap<>();
      current.forEach((word, count) -> merged.merge(merge(word, best), count, Integer::sum));
      current = merged;
    }
  }

  private static List<String> merge(List<String> word, List<String> pair) {
    List<String> merged = new ArrayList<>();
    for (int at = 0; at < word.size(); at++) {
      if (at + 1 < word.size() && word.subList(at, at + 2).equals(pair)) {
        merged.add(String.join("", pair));
        at++;
      } else {
        merged.add(word.get(at));
      }
    }
    return merged;
  }
}
