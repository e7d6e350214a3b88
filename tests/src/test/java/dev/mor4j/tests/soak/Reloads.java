package dev.mor4j.tests.soak;

import dev.mor4j.engine.Engine;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.Model;
import dev.mor4j.tests.fixtures.Answer;
import dev.mor4j.tests.fixtures.MixedRequests;
import dev.mor4j.tests.fixtures.Models;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Map;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * Loads the demo model, generates a text and closes everything, many times, and reports which
 * memory of the process has grown: by mapping and, if the JVM runs with {@code
 * -XX:NativeMemoryTracking=summary}, by the JVM's own categories. Arguments: rounds of warm-up, and
 * rounds to measure.
 */
public final class Reloads {
  private static final int REPORT = 50;

  private Reloads() {}

  /** Prints a line every {@value #REPORT} rounds, and the differences at the end. */
  public static void main(String[] arguments) throws IOException, JMException {
    int warm = Integer.parseInt(arguments[0]);
    int rounds = warm + Integer.parseInt(arguments[1]);
    Map<String, Long> before = Map.of();
    for (int round = 1; round <= rounds; round++) {
      once();
      if (round == warm) {
        System.gc(); // what is garbage only would look like growth
        before = ResidentMemory.byMapping();
        System.out.println(nativeMemory("baseline"));
      }
      if (round % REPORT == 0) {
        System.out.printf("%d MiB resident after %d%n", ResidentMemory.bytes() >> 20, round);
      }
    }
    System.gc();
    Map<String, Long> after = ResidentMemory.byMapping();
    for (Map.Entry<String, Long> mapping : after.entrySet()) {
      long growth = mapping.getValue() - before.getOrDefault(mapping.getKey(), 0L);
      if (growth != 0) {
        System.out.printf("%8d KiB growth, %s%n", growth >> 10, mapping.getKey());
      }
    }
    System.out.println(nativeMemory("summary.diff"));
  }

  private static void once() throws IOException {
    GenerationRequest request = MixedRequests.of(1, 1).getFirst();
    try (Model model = Model.load(Models.demo());
        Engine engine = Engine.builder(model).contextSize(256).threads(1).build()) {
      Answer.to(request, engine);
    }
  }

  /** The JVM's report on its native memory. */
  private static String nativeMemory(String action) throws JMException {
    return (String)
        ManagementFactory.getPlatformMBeanServer()
            .invoke(
                new ObjectName("com.sun.management:type=DiagnosticCommand"),
                "vmNativeMemory",
                new Object[] {new String[] {action}},
                new String[] {String[].class.getName()});
  }
}
