/** Local inference with Mixture-of-Recursions models: the library that applications embed. */
@org.jspecify.annotations.NullMarked
module dev.mor4j.runtime {
  requires com.fasterxml.jackson.core;
  requires transitive dev.mor4j.bindings;
  requires static transitive org.jspecify;

  exports dev.mor4j.architecture;
  exports dev.mor4j.engine;
  exports dev.mor4j.model;
  exports dev.mor4j.perplexity;
  exports dev.mor4j.placement;
  exports dev.mor4j.request;
  exports dev.mor4j.sampling;
  exports dev.mor4j.tokenizer;
}
