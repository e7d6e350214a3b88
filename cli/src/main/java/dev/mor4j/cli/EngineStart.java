package dev.mor4j.cli;

import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EngineBuilder;

/** Starts engines, and tells what of them is not where it was meant to be. */
final class EngineStart {
  private EngineStart() {}

  static Engine of(EngineBuilder builder, StandardStreams streams) {
    Engine engine = builder.build();
    tell(engine, streams);
    return engine;
  }

  static void tell(Engine engine, StandardStreams streams) {
    for (String warning : engine.warnings()) {
      streams.err().println("mor: " + FailureHandler.oneLine(warning));
    }
  }
}
