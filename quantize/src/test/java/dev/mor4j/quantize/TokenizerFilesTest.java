package dev.mor4j.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufMetadata;
import dev.mor4j.model.MetadataKeys;
import dev.mor4j.quantize.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** BOS and end tokens of converted files. The configuration names BOS 1 and the ends 2 and 3. */
class TokenizerFilesTest {
  private static final String TEMPLATE =
      """
      {'type':'TemplateProcessing',
       'single':[{'SpecialToken':{'id':'<s>','type_id':0}},{'Sequence':{'id':'A','type_id':0}}],
       'pair':[],'special_tokens':{'<s>':{'id':'<s>','ids':[1],'tokens':['<s>']}}}""";

  @TempDir private Path temporary;
  private Path folder;
  private Path output;

  @BeforeEach
  void writeCheckpoint() throws IOException {
    folder = SyntheticCheckpoint.expert().write(temporary.resolve("my-model"));
    output = temporary.resolve("model.gguf");
  }

  private ConversionReport convert() throws IOException {
    return CheckpointConverter.convert(
        new ConversionOptions(folder, output, OutputType.F32, Optional.empty(), false),
        WorkProgress.SILENT);
  }

  /** Writes a tokenizer of single letters and special tokens. */
  private void writeTokenizer(String postProcessor) throws IOException {
    write("tokenizer.json", tokenizer(postProcessor));
  }

  private static String tokenizer(String postProcessor) {
    StringBuilder added = new StringBuilder();
    String[] special = {"<unk>", "<s>", "</s>", "<|im_end|>", "<|eom_id|>", "<|tool|>"};
    for (int id = 0; id < special.length; id++) {
      added.append(id == 0 ? "" : ",");
      added.append(
          """
          {'id':%d,'content':'%s','single_word':false,'lstrip':false,'rstrip':false,
           'normalized':false,'special':true}"""
              .formatted(id, special[id]));
    }
    StringBuilder vocabulary = new StringBuilder();
    for (int id = 0; id < special.length; id++) {
      vocabulary.append("'%s':%d,".formatted(special[id], id));
    }
    return """
    {'added_tokens':[%s],'normalizer':null,'pre_tokenizer':null,'post_processor':%s,'decoder':null,
     'model':{'type':'BPE','vocab':{%s'a':6,'b':7},'merges':[]}}"""
        .formatted(added, postProcessor, vocabulary);
  }

  private void write(String name, String singleQuoted) throws IOException {
    Files.writeString(folder.resolve(name), singleQuoted.replace('\'', '"'));
  }

  private void assertAddsBos(boolean adds) throws IOException {
    try (GgufFile file = GgufFile.open(output)) {
      assertThat(file.metadata().count(MetadataKeys.BOS_TOKEN_ID)).isEqualTo(1);
      assertThat(file.metadata().bool(MetadataKeys.ADD_BOS_TOKEN)).isEqualTo(adds);
    }
  }

  @Test
  void theTemplateSaysWhetherBosIsAdded() throws IOException {
    writeTokenizer(TEMPLATE);
    assertThat(convert().specialTokens()).contains("BOS token 1 \"<s>\" is put before every text");
    assertAddsBos(true);

    writeTokenizer(TEMPLATE.replace("{'SpecialToken':{'id':'<s>','type_id':0}},", ""));
    assertThat(convert().specialTokens()).contains("BOS token 1 \"<s>\" is not put before texts");
    assertAddsBos(false);
  }

  @Test
  void theSettingsComeBeforeTheTemplate() throws IOException {
    writeTokenizer(TEMPLATE);
    write("tokenizer_config.json", "{'add_bos_token':false,'bos_token':'<s>'}");

    ConversionReport report = convert();

    assertThat(report.notes()).isEmpty();
    assertAddsBos(false);
  }

  @Test
  void settingsWithoutTheFlagMeanTheirClass() throws IOException {
    writeTokenizer("null");
    write("tokenizer_config.json", "{'tokenizer_class':'LlamaTokenizerFast'}");
    convert();
    assertAddsBos(true);

    write("tokenizer_config.json", "{'tokenizer_class':'GPT2Tokenizer'}");
    convert();
    assertAddsBos(false);
  }

  @Test
  void bosIsAssumedWithANoteWhereNoFileSays() throws IOException {
    writeTokenizer("null");

    ConversionReport report = convert();

    assertThat(report.notes())
        .singleElement()
        .asString()
        .startsWith("no file says whether texts start with the BOS token");
    assertThat(report.text()).contains("tokenizer           BOS token 1 \"<s>\" is put before");
    assertAddsBos(true);
  }

  @Test
  void generationConfigNamesBosWhereConfigDoesNot() throws IOException {
    folder =
        SyntheticCheckpoint.expert().config("bos_token_id", "null").write(temporary.resolve("b"));
    writeTokenizer(TEMPLATE);
    write("generation_config.json", "{'bos_token_id':1}");

    convert();

    assertAddsBos(true);
  }

  @Test
  void reportsThatThereIsNoBosToken() throws IOException {
    folder =
        SyntheticCheckpoint.expert().config("bos_token_id", "null").write(temporary.resolve("b"));
    writeTokenizer("null");

    assertThat(convert().specialTokens())
        .contains("no BOS token is named by the checkpoint, so none is put before texts");
  }

  @Test
  void settingsNameTokensByTheirTextInTheTokenizer() throws IOException {
    writeTokenizer("null");
    write("tokenizer_config.json", "{'bos_token':'<|tool|>','add_bos_token':true}");

    convert();

    try (GgufFile file = GgufFile.open(output)) {
      assertThat(file.metadata().count(MetadataKeys.BOS_TOKEN_ID)).isEqualTo(5);
    }
  }

  @Test
  void keepsAllEndTokens() throws IOException {
    folder = SyntheticCheckpoint.expert().config("eos_token_id", "2").write(temporary.resolve("e"));
    writeTokenizer(TEMPLATE);
    write("generation_config.json", "{'eos_token_id':[2, 7]}");

    ConversionReport report = convert();

    try (GgufFile file = GgufFile.open(output)) {
      GgufMetadata metadata = file.metadata();
      assertThat(metadata.count(MetadataKeys.EOS_TOKEN_ID)).isEqualTo(2);
      assertThat(metadata.count(MetadataKeys.EOT_TOKEN_ID)).isEqualTo(3);
      assertThat(metadata.count(MetadataKeys.EOM_TOKEN_ID)).isEqualTo(4);
      assertThat(metadata.int32s(MetadataKeys.END_TOKEN_IDS, new int[0]))
          .containsExactly(2, 3, 4, 7);
    }
    assertThat(report.specialTokens())
        .contains("end tokens: 2 \"</s>\", 3 \"<|im_end|>\", 4 \"<|eom_id|>\", 7 \"b\"");
  }

  @Test
  void keepsTheListOfTheConfigurationWithoutATokenizer() throws IOException {
    ConversionReport report = convert();

    try (GgufFile file = GgufFile.open(output)) {
      assertThat(file.metadata().int32s(MetadataKeys.END_TOKEN_IDS, new int[0]))
          .containsExactly(2, 3);
    }
    assertThat(report.specialTokens()).contains("end tokens: 2, 3");
  }

  @Test
  void reportsThatNoTokenEndsAText() throws IOException {
    folder =
        SyntheticCheckpoint.expert().config("eos_token_id", "null").write(temporary.resolve("e"));

    assertThat(convert().notes()).anyMatch(note -> note.startsWith("no token ends a text"));
  }

  @Test
  void reportsWhyATokenizerCannotBeUsed() throws IOException {
    write("tokenizer.json", tokenizer("null").replace("'BPE'", "'Unigram'"));

    assertThat(convert().notes())
        .anyMatch(
            note ->
                note.startsWith("the tokenizer is stored, but mor cannot use it: tokenizer.json: ")
                    && note.contains("model.type: expected BPE, found \"Unigram\""));
  }

  @Test
  void reportsWhyADamagedTokenizerCannotBeUsed() throws IOException {
    String whole = tokenizer("null");
    write("tokenizer.json", whole.substring(0, whole.length() / 2));

    assertThat(convert().notes())
        .anyMatch(note -> note.contains("mor cannot use it: tokenizer.json: expected well-formed"));
  }

  @Test
  void reportsTokensBeyondTheModelsVocabulary() throws IOException {
    write("tokenizer.json", tokenizer("null").replace("'b':7", "'b':77"));

    assertThat(convert().notes())
        .anyMatch(note -> note.startsWith("tokenizer.json has 78 tokens, but the model only 40"));
  }

  @Test
  void readsFilesWithAByteOrderMark() throws IOException {
    write("tokenizer.json", "\uFEFF" + tokenizer(TEMPLATE));
    write("tokenizer_config.json", "\uFEFF{'add_bos_token':true}\r\n");

    assertThat(convert().notes()).isEmpty();
    assertAddsBos(true);
  }

  @Test
  void refusesAMalformedList() throws IOException {
    write("generation_config.json", "{'eos_token_id':[2,'x']}");

    assertThatThrownBy(this::convert)
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("eos_token_id: expected whole numbers, found x");
  }
}
