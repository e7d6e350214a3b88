package dev.mor4j.tokenizer;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the {@code model} of a tokenizer.json. The model is nearly all of the file, so it is
 * streamed: tokens become strings, and merges stay characters in one buffer until all tokens are
 * known.
 */
final class ModelJson {

  private final Map<String, JsonPart> settings = new HashMap<>();
  private final List<String> tokens = new ArrayList<>();
  private final IntList ids = new IntList();
  private final MergeBuffer merges = new MergeBuffer();

  /** Reads the object at the parser's position. */
  static BpeModel read(JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw JsonPart.read(parser, "model").unlike("an object");
    }
    ModelJson json = new ModelJson();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      parser.nextToken();
      switch (key) {
        case "vocab" -> json.readVocabulary(parser);
        case "merges" -> json.readMerges(parser);
        default -> json.settings.put(key, JsonPart.read(parser, "model." + key));
      }
    }
    return json.build();
  }

  private void readVocabulary(JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT || !tokens.isEmpty()) {
      throw JsonPart.read(parser, "model.vocab").unlike("one object of tokens and their ids");
    }
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      tokens.add(parser.currentName());
      boolean number = parser.nextToken() == JsonToken.VALUE_NUMBER_INT;
      if (!number || parser.getNumberType() != JsonParser.NumberType.INT) {
        throw JsonPart.read(parser, "model.vocab." + MessageText.quote(tokens.getLast()))
            .unlike("a token id");
      }
      ids.add(parser.getIntValue());
    }
  }

  private void readMerges(JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY || merges.size() > 0) {
      throw JsonPart.read(parser, "model.merges").unlike("one array of merges");
    }
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (parser.currentToken() == JsonToken.VALUE_STRING) {
        merges.addJoined(
            parser.getTextCharacters(), parser.getTextOffset(), parser.getTextLength());
      } else {
        readPair(parser);
      }
    }
  }

  private void readPair(JsonParser parser) throws IOException {
    if (parser.currentToken() == JsonToken.START_ARRAY
        && parser.nextToken() == JsonToken.VALUE_STRING) {
      String left = parser.getText();
      if (parser.nextToken() == JsonToken.VALUE_STRING) {
        String right = parser.getText();
        if (parser.nextToken() == JsonToken.END_ARRAY) {
          merges.add(left, right);
          return;
        }
      }
    }
    throw UnsupportedTokenizerException.at(
        merges.nextPath(), "an array of two tokens", MessageText.quote(parser.getText()));
  }

  private BpeModel build() throws UnsupportedTokenizerException {
    JsonPart type = setting("type");
    if (!type.isNull() && !type.text().equals("BPE")) {
      throw type.unlike("BPE");
    }
    refuse("continuing_subword_prefix", "null", "");
    refuse("end_of_word_suffix", "null", "");
    refuse("dropout", "null", 0.0);
    if (tokens.isEmpty()) {
      throw UnsupportedTokenizerException.at("model.vocab", "at least one token", "none");
    }
    Vocabulary vocabulary = Vocabulary.of(tokens.toArray(String[]::new), ids.toArray());
    return new BpeModel(vocabulary, merges.resolve(vocabulary), options(vocabulary));
  }

  private BpeOptions options(Vocabulary vocabulary) throws UnsupportedTokenizerException {
    JsonPart unknown = setting("unk_token");
    int unknownId = unknown.isNull() ? Vocabulary.NONE : vocabulary.id(unknown.text());
    if (!unknown.isNull() && unknownId == Vocabulary.NONE) {
      throw unknown.unlike("a token of the vocabulary");
    }
    return new BpeOptions(
        unknownId,
        setting("fuse_unk").flag(false),
        setting("byte_fallback").flag(false),
        setting("ignore_merges").flag(false));
  }

  private void refuse(String key, String expected, Object sameAsNull)
      throws UnsupportedTokenizerException {
    JsonPart setting = setting(key);
    if (!setting.isNull() && !sameAsNull.equals(setting.value())) {
      throw setting.unlike(expected);
    }
  }

  private JsonPart setting(String key) {
    return settings.getOrDefault(key, new JsonPart("model." + key, null));
  }
}
