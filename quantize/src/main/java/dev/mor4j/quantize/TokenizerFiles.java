package dev.mor4j.quantize;

import dev.mor4j.gguf.GgufValue;
import dev.mor4j.gguf.GgufWriter;
import dev.mor4j.model.MetadataKeys;
import dev.mor4j.quantize.checkpoint.CheckpointException;
import dev.mor4j.tokenizer.Tokenizer;
import dev.mor4j.tokenizer.UnsupportedTokenizerException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;

/**
 * Writes the tokenizer's metadata, from the files beside the weights: tokenizer.json as it is, BOS,
 * and all tokens that end a text. Whatever cannot be decided or used goes to the report.
 */
final class TokenizerFiles {
  private static final long MAX_TOKENIZER_BYTES = 256L << 20;

  private final LlamaConfig llama;
  private final Optional<String> json;
  private final Optional<Tokenizer> tokenizer;
  private final SpecialTokenFiles files;
  private final List<String> notes;
  private final List<String> reportLines = new ArrayList<>();

  private TokenizerFiles(
      LlamaConfig llama, Optional<String> json, SpecialTokenFiles files, List<String> notes) {
    this.llama = llama;
    this.json = json;
    this.files = files;
    this.notes = notes;
    tokenizer = json.flatMap(this::usable);
  }

  /**
   * Reads the files of a checkpoint.
   *
   * @param notes receives what is missing, unusable or assumed
   * @throws CheckpointException if a file is malformed
   */
  static TokenizerFiles read(Path folder, LlamaConfig llama, List<String> notes)
      throws IOException {
    Path file = folder.resolve("tokenizer.json");
    Optional<String> json = Optional.empty();
    if (Files.exists(file)) {
      json = Optional.of(ConfigTree.text(file, MAX_TOKENIZER_BYTES));
      if (!json.get().stripLeading().startsWith("{")) {
        throw new CheckpointException(file, "expected a JSON object");
      }
    } else {
      notes.add(
          "no tokenizer.json: commands that take text cannot use the file, token ids still work");
    }
    return new TokenizerFiles(llama, json, SpecialTokenFiles.read(folder, llama), notes);
  }

  private Optional<Tokenizer> usable(String text) {
    try {
      Tokenizer read = Tokenizer.fromJson(text);
      if (read.tokenCount() > llama.vocabularySize()) {
        notes.add(
            "tokenizer.json has %s tokens, but the model only %s: texts with the others cannot be used"
                .formatted(read.tokenCount(), llama.vocabularySize()));
      }
      return Optional.of(read);
    } catch (UnsupportedTokenizerException unusable) {
      notes.add(
          "the tokenizer is stored, but mor cannot use it: %s. Commands that take text will fail, token ids still work"
              .formatted(unusable.getMessage()));
      return Optional.empty();
    }
  }

  /** Declares the tokenizer's keys. */
  void declare(GgufWriter writer) throws CheckpointException {
    if (json.isPresent()) {
      writer.metadata(MetadataKeys.TOKENIZER_MODEL, GgufValue.string("gpt2"));
      writer.metadata(MetadataKeys.TOKENIZER_JSON, GgufValue.string(json.get()));
    }
    reportLines.add(declareBos(writer));
    reportLines.add(declareEnds(writer));
  }

  /** The BOS token and the end tokens that were declared, one sentence each. */
  List<String> reportLines() {
    return List.copyOf(reportLines);
  }

  private String declareBos(GgufWriter writer) throws CheckpointException {
    OptionalInt bos = inVocabulary(MetadataKeys.BOS_TOKEN_ID, files.token("bos", tokenizer));
    boolean isAdded = bos.isPresent() && addsBos(bos.getAsInt());
    bos.ifPresent(id -> writer.metadata(MetadataKeys.BOS_TOKEN_ID, GgufValue.uint32(id)));
    writer.metadata(MetadataKeys.ADD_BOS_TOKEN, GgufValue.bool(isAdded));
    if (bos.isEmpty()) {
      return "no BOS token is named by the checkpoint, so none is put before texts";
    }
    String token = described(bos.getAsInt());
    return isAdded
        ? "BOS token %s is put before every text".formatted(token)
        : "BOS token %s is not put before texts".formatted(token);
  }

  /** Whether texts start with BOS: by the settings, by the tokenizer's template, or assumed. */
  private boolean addsBos(int bos) throws CheckpointException {
    Optional<Boolean> stated = files.addsBos();
    if (stated.isPresent()) {
      return stated.get();
    }
    if (tokenizer.isPresent() && tokenizer.get().template().isPresent()) {
      return tokenizer.get().template().get().before().contains(bos);
    }
    if (files.hasSettings() || json.isEmpty()) {
      return files.isLlamaTokenizer();
    }
    notes.add(
        "no file says whether texts start with the BOS token (add_bos_token in tokenizer_config.json, or a template in tokenizer.json): assumed, as for Llama tokenizers");
    return true;
  }

  private String declareEnds(GgufWriter writer) throws CheckpointException {
    NavigableSet<Integer> ends = new TreeSet<>();
    OptionalInt eos = inVocabulary(MetadataKeys.EOS_TOKEN_ID, files.token("eos", tokenizer));
    eos.ifPresent(ends::add);
    for (int id : files.configuredEnds()) {
      inVocabulary("eos_token_id", OptionalInt.of(id)).ifPresent(ends::add);
    }
    tokenizer.ifPresent(
        known -> ends.addAll(known.endTokens().headSet(llama.vocabularySize(), false)));
    eos.ifPresent(id -> writer.metadata(MetadataKeys.EOS_TOKEN_ID, GgufValue.uint32(id)));
    if (tokenizer.isPresent()) {
      declare(writer, MetadataKeys.EOT_TOKEN_ID, tokenizer.get().endOfTurn());
      declare(writer, MetadataKeys.EOM_TOKEN_ID, tokenizer.get().endOfMessage());
    }
    if (ends.isEmpty()) {
      notes.add(
          "no token ends a text (eos_token_id in config.json or generation_config.json): texts end at their length limit only");
      return "no end token";
    }
    writer.metadata(
        MetadataKeys.END_TOKEN_IDS,
        GgufValue.int32s(ends.stream().mapToInt(Integer::intValue).toArray()));
    return "end tokens: " + String.join(", ", ends.stream().map(this::described).toList());
  }

  private void declare(GgufWriter writer, String key, OptionalInt id) {
    if (id.isPresent() && id.getAsInt() < llama.vocabularySize()) {
      writer.metadata(key, GgufValue.uint32(id.getAsInt()));
    }
  }

  private OptionalInt inVocabulary(String key, OptionalInt id) {
    if (id.isPresent() && (id.getAsInt() < 0 || id.getAsInt() >= llama.vocabularySize())) {
      String note =
          "%s left out: expected 0..%s, found %s"
              .formatted(key, llama.vocabularySize() - 1, id.getAsInt());
      if (!notes.contains(note)) {
        notes.add(note);
      }
      return OptionalInt.empty();
    }
    return id;
  }

  private String described(int id) {
    return tokenizer.isPresent() ? tokenizer.get().describe(id) : String.valueOf(id);
  }
}
