package dev.mor4j.quantize;

import dev.mor4j.quantize.checkpoint.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/**
 * A tiny checkpoint folder with the official names, written out by hand here so that the mapping
 * under test is not its own judge. Hidden size 32, feed-forward 48, 2 heads of 16, one of them for
 * keys and values, vocabulary 40.
 */
final class SyntheticCheckpoint {
  static final int HIDDEN = 32;
  static final int FEED_FORWARD = 48;
  static final int VOCABULARY = 40;

  /** One tensor; the same object stands for all its aliases. */
  private static final class Values {
    private final float[] values;
    private final long[] shape;

    private Values(float[] values, long[] shape) {
      this.values = values;
      this.shape = shape;
    }
  }

  private final Map<String, Values> tensors = new LinkedHashMap<>();
  private final Random random = new Random(7);
  private final Map<String, String> config = new LinkedHashMap<>();
  private String yaml = "";

  private SyntheticCheckpoint(int layerCount) {
    config.put("model_type", "\"llama\"");
    config.put("hidden_size", "32");
    config.put("intermediate_size", "48");
    config.put("num_attention_heads", "2");
    config.put("num_key_value_heads", "1");
    config.put("num_hidden_layers", Integer.toString(layerCount));
    config.put("vocab_size", "40");
    config.put("max_position_embeddings", "128");
    config.put("rms_norm_eps", "1e-05");
    config.put("bos_token_id", "1");
    config.put("eos_token_id", "[2, 3]");
    add("model.embed_tokens.weight", VOCABULARY, HIDDEN);
    add("model.norm.weight", HIDDEN);
  }

  /** A plain Llama. */
  static SyntheticCheckpoint plain(int layerCount) {
    SyntheticCheckpoint checkpoint = new SyntheticCheckpoint(layerCount);
    for (int layer = 0; layer < layerCount; layer++) {
      checkpoint.layer("model.layers." + layer + ".");
    }
    return checkpoint.yaml("null", 3, "cycle", "");
  }

  /** Expert choice, middle_cycle, 2 steps of 2 layers; MLP shared, attention per step. */
  static SyntheticCheckpoint expert() {
    SyntheticCheckpoint checkpoint = new SyntheticCheckpoint(6);
    checkpoint.layer("model.layers.0.");
    for (int step = 0; step < 2; step++) {
      String module = "model.layers." + (1 + step) + ".";
      checkpoint.add(module + "mor_router.router.weight", 1, HIDDEN);
      for (int layer = 0; layer < 2; layer++) {
        checkpoint.layer(module + "block." + layer + ".");
      }
    }
    checkpoint.layer("model.layers.3.");
    for (int layer = 0; layer < 2; layer++) {
      for (String shared : new String[] {"mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"}) {
        String rest = ".block." + layer + "." + shared + ".weight";
        checkpoint.alias("model.layers.2" + rest, "model.layers.1" + rest);
      }
    }
    checkpoint.alias("lm_head.weight", "model.embed_tokens.weight");
    return checkpoint.yaml(
        "expert", 2, "middle_cycle", "  expert: {router_func: sigmoid, alpha: 0.1}\n");
  }

  /** Token choice, cycle, 2 steps of 1 layer, all shared, bias, MLP router, no index in names. */
  static SyntheticCheckpoint token() {
    SyntheticCheckpoint checkpoint = new SyntheticCheckpoint(2);
    checkpoint.layer("model.layers.block_list.0.0.");
    checkpoint.aliasAll("model.layers.block_list.1.0.", "model.layers.block_list.0.0.");
    checkpoint.add("model.layers.mor_router.router.0.weight", 2 * HIDDEN, HIDDEN);
    checkpoint.add("model.layers.mor_router.router.2.weight", 2, 2 * HIDDEN);
    checkpoint.add("model.layers.router_bias", 2);
    checkpoint.add("lm_head.weight", VOCABULARY, HIDDEN);
    return checkpoint.yaml(
        "token", 2, "cycle", "  router_type: mlp\n  token: {balancing: loss_free}\n");
  }

  /** No router, sequence, 2 steps of 2 layers, with recursion encodings. */
  static SyntheticCheckpoint encodedSequence() {
    SyntheticCheckpoint checkpoint = new SyntheticCheckpoint(4);
    for (int layer = 0; layer < 4; layer += 2) {
      checkpoint.layer("model.layers." + layer + ".block.");
      checkpoint.aliasAll(
          "model.layers." + (layer + 1) + ".block.", "model.layers." + layer + ".block.");
    }
    for (int layer = 0; layer < 4; layer++) {
      checkpoint.add("model.layers." + layer + ".recursion_encoding", HIDDEN);
    }
    checkpoint.add("lm_head.weight", VOCABULARY, HIDDEN);
    checkpoint.yaml("null", 2, "sequence", "");
    checkpoint.yaml += "relaxation: {enable: true, method: recursion_encoding}\n";
    return checkpoint.replaceInYaml("{enable: false, num", "{enable: true, num");
  }

  private void layer(String prefix) {
    add(prefix + "input_layernorm.weight", HIDDEN);
    add(prefix + "self_attn.q_proj.weight", 32, HIDDEN);
    add(prefix + "self_attn.k_proj.weight", 16, HIDDEN);
    add(prefix + "self_attn.v_proj.weight", 16, HIDDEN);
    add(prefix + "self_attn.o_proj.weight", HIDDEN, 32);
    add(prefix + "post_attention_layernorm.weight", HIDDEN);
    add(prefix + "mlp.gate_proj.weight", FEED_FORWARD, HIDDEN);
    add(prefix + "mlp.up_proj.weight", FEED_FORWARD, HIDDEN);
    add(prefix + "mlp.down_proj.weight", HIDDEN, FEED_FORWARD);
  }

  private SyntheticCheckpoint yaml(String type, int count, String sharing, String routing) {
    boolean routed = !type.equals("null");
    yaml =
        """
        max_length: 64
        model_config: {hidden_size: 32, num_hidden_layers: %s}
        recursive: {enable: %s, num_recursion: %d, sharing: %s}
        kv_sharing: {enable: false}
        mor:
          enable: %s
          type: %s
          capacity: null
        %s"""
            .formatted(
                config.get("num_hidden_layers"), routed, count, sharing, routed, type, routing);
    return this;
  }

  SyntheticCheckpoint add(String name, long... shape) {
    int count = 1;
    for (long size : shape) {
      count *= (int) size;
    }
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    tensors.put(name, new Values(values, shape));
    return this;
  }

  SyntheticCheckpoint alias(String name, String original) {
    tensors.put(name, tensors.get(original));
    return this;
  }

  private void aliasAll(String prefix, String original) {
    for (String name : tensors.keySet().toArray(String[]::new)) {
      if (name.startsWith(original)) {
        alias(prefix + name.substring(original.length()), name);
      }
    }
  }

  SyntheticCheckpoint remove(String name) {
    tensors.remove(name);
    return this;
  }

  SyntheticCheckpoint config(String key, String json) {
    config.put(key, json);
    return this;
  }

  SyntheticCheckpoint replaceInYaml(String from, String to) {
    if (!yaml.contains(from)) {
      throw new IllegalArgumentException("not in the yaml: " + from);
    }
    yaml = yaml.replace(from, to);
    return this;
  }

  SyntheticCheckpoint withoutYaml() {
    yaml = "";
    return this;
  }

  String yaml() {
    return yaml;
  }

  float[] values(String name) {
    return tensors.get(name).values;
  }

  Path write(Path folder) throws IOException {
    Files.createDirectories(folder);
    StringBuilder json = new StringBuilder();
    config.forEach(
        (key, value) ->
            json.append(json.isEmpty() ? "{" : ", ").append('"' + key + "\": ").append(value));
    Files.writeString(folder.resolve("config.json"), json.append('}'));
    if (!yaml.isEmpty()) {
      Files.writeString(folder.resolve("mor_config.yaml"), yaml);
    }
    SafetensorsWriter writer = new SafetensorsWriter();
    tensors.forEach((name, tensor) -> writer.floats(name, tensor.values, tensor.shape));
    writer.write(folder.resolve("model.safetensors"));
    return folder;
  }
}
