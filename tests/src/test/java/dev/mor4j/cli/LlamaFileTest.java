package dev.mor4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.gguf.GgufValue;
import dev.mor4j.model.MetadataKeys;
import dev.mor4j.tests.fixtures.TinyLlama;
import dev.mor4j.tests.fixtures.TinyModel;
import dev.mor4j.tests.fixtures.TinyOptions;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands on a plain Llama file with the tokenizer that llama.cpp lists. */
class LlamaFileTest {
  @TempDir private Path folder;

  private final TinyModel model = TinyLlama.withByteTokens(TinyLlama.of(TinyOptions.plain(3)));

  private String write() throws IOException {
    return model.write(folder.resolve("llama.gguf")).toString();
  }

  @Test
  void runs() throws IOException {
    CommandRun run = CommandRun.of("run", "-m", write(), "-p", "Hi 5", "-n", "6", "--temp", "0");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).startsWith("Hi 5");
    assertThat(run.err())
        .containsPattern("prompt +4 tokens")
        .containsPattern("generated +6 tokens")
        .contains("1.00 of 1 recursion step");
  }

  @Test
  void inspectsItAsAModel() throws IOException {
    CommandRun run = CommandRun.of("inspect", write());

    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .contains("3 stored, 3 applied at full depth")
        .doesNotContain("mor cannot run this model");
  }

  @Test
  void reportsWhyAModelDoesNotRun() throws IOException {
    model.metadata().put("llama.expert_count", GgufValue.uint32(8));

    CommandRun run = CommandRun.of("inspect", write());

    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).containsPattern("mor cannot run this model: .*llama.expert_count");
  }

  @Test
  void addsBosIfTheFileAsksForIt() throws IOException {
    model.metadata().put(MetadataKeys.BOS_TOKEN_ID, GgufValue.uint32(7));

    CommandRun without = CommandRun.of("tokenize", "--ids", "-p", "A1", "-m", write());
    model.metadata().put(MetadataKeys.ADD_BOS_TOKEN, GgufValue.bool(true));
    CommandRun with = CommandRun.of("tokenize", "--ids", "-p", "A1", "-m", write());
    model.metadata().remove(MetadataKeys.ADD_BOS_TOKEN);
    model.metadata().put(MetadataKeys.TOKENIZER_PRE, GgufValue.string("llama-bpe"));
    CommandRun llama3 = CommandRun.of("tokenize", "--ids", "-p", "A1", "-m", write());

    assertThat(without.out()).isEqualTo("65,49\n");
    assertThat(with.out()).isEqualTo("7,65,49\n");
    assertThat(llama3.out()).isEqualTo("7,65,49\n");
  }

  @Test
  void refusesAnUnknownPreTokenizerByName() throws IOException {
    model.metadata().put(MetadataKeys.TOKENIZER_PRE, GgufValue.string("tekken"));

    CommandRun run = CommandRun.of("tokenize", "-p", "A", "-m", write());

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("tokenizer.ggml.pre: expected one of gpt-2", "tekken");
  }

  @Test
  void refusesMoreTokensThanTheVocabularyHas() throws IOException {
    model.metadata().put("llama.vocab_size", GgufValue.uint32(256));
    model
        .metadata()
        .put(MetadataKeys.TOKENS, GgufValue.strings(java.util.Collections.nCopies(300, "same")));

    CommandRun run = CommandRun.of("tokenize", "-p", "A", "-m", write());

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("tokenizer.ggml.tokens: expected at most 256 tokens, found 300");
  }
}
