package dev.mor4j.tokenizer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads a tokenizer.json. Truncation and padding are ignored. */
final class TokenizerJson {

  // The vocabulary's tokens are field names: too many to intern.
  private static final JsonFactory JSON =
      JsonFactory.builder().disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES).build();

  private static final Set<String> COMPONENTS =
      Set.of("added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder");

  private final Map<String, JsonPart> components = new HashMap<>();
  private @Nullable BpeModel model;

  static Tokenizer.Parts read(String json) throws UnsupportedTokenizerException {
    TokenizerJson file = new TokenizerJson();
    try (JsonParser parser = JSON.createParser(json)) {
      file.read(parser);
    } catch (JsonProcessingException e) {
      throw UnsupportedTokenizerException.malformed(
          e.getOriginalMessage() + " at line " + line(e), e);
    } catch (UnsupportedTokenizerException e) {
      throw e;
    } catch (IOException e) {
      throw UnsupportedTokenizerException.malformed(String.valueOf(e.getMessage()), e);
    }
    return file.build();
  }

  private static String line(JsonProcessingException e) {
    return e.getLocation() == null ? "?" : "" + e.getLocation().getLineNr();
  }

  private void read(JsonParser parser) throws IOException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw UnsupportedTokenizerException.at("the file", "an object", "" + parser.currentToken());
    }
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      parser.nextToken();
      if (key.equals("model")) {
        model = ModelJson.read(parser);
      } else if (COMPONENTS.contains(key)) {
        components.put(key, JsonPart.read(parser, key));
      } else {
        parser.skipChildren();
      }
    }
    if (parser.nextToken() != null) {
      throw UnsupportedTokenizerException.at("the file", "one object", "more after it");
    }
  }

  private Tokenizer.Parts build() throws UnsupportedTokenizerException {
    if (model == null) {
      throw UnsupportedTokenizerException.at("model", "a BPE model", "none");
    }
    ComponentsJson pipeline = new ComponentsJson();
    TextNormalizer normalizer = pipeline.normalizer(component("normalizer"));
    List<AddedToken> added = addedTokens(model.vocabulary());
    return new Tokenizer.Parts(
        normalizer,
        pipeline.preTokenizer(component("pre_tokenizer")),
        model,
        pipeline.decoder(component("decoder")),
        new AddedTokens(added, normalizer),
        TemplateJson.read(component("post_processor")));
  }

  private JsonPart component(String key) {
    return components.getOrDefault(key, new JsonPart(key, null));
  }

  /** The added tokens. Ids of those that are not in the vocabulary must follow its last id. */
  private List<AddedToken> addedTokens(Vocabulary vocabulary) throws UnsupportedTokenizerException {
    List<AddedToken> tokens = new ArrayList<>();
    Set<String> contents = new HashSet<>();
    int nextId = vocabulary.size();
    for (JsonPart item : component("added_tokens").items()) {
      AddedToken token = addedToken(item);
      int known = vocabulary.id(token.content());
      int expectedId = known == Vocabulary.NONE ? nextId : known;
      if (token.id() != expectedId || (known == Vocabulary.NONE && taken(vocabulary, nextId))) {
        throw item.get("id").unlike(expectedId + " for " + MessageText.quote(token.content()));
      }
      if (!contents.add(token.content())) {
        throw item.get("content").unlike("a token that was not added before");
      }
      nextId = Math.max(nextId, expectedId + 1);
      tokens.add(token);
    }
    return tokens;
  }

  private static boolean taken(Vocabulary vocabulary, int id) {
    return vocabulary.token(id) != null;
  }

  private static AddedToken addedToken(JsonPart item) throws UnsupportedTokenizerException {
    String content = item.get("content").text();
    if (content.isEmpty()) {
      throw item.get("content").unlike("a token of at least one character");
    }
    return new AddedToken(
        item.get("id").count(),
        content,
        item.get("single_word").flag(),
        item.get("lstrip").flag(),
        item.get("rstrip").flag(),
        item.get("normalized").flag(),
        item.get("special").flag());
  }
}
