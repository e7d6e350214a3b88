package dev.mor4j.cli.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Optional;

/** Measures how busy other processes keep the machine, from its creation until it is read. */
final class LoadMeter {
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private final Optional<CpuTimes> times = times();
  private final long ownNanos = SYSTEM.getProcessCpuTime();
  private final long nanoTime = System.nanoTime();
  private final double loadBefore = SYSTEM.getSystemLoadAverage();

  LoadMeter() {
    if (times.isEmpty()) {
      // The JDK reports the load since its previous call.
      SYSTEM.getCpuLoad();
      SYSTEM.getProcessCpuLoad();
    }
  }

  MachineLoad read() {
    double wallNanos = System.nanoTime() - nanoTime;
    int processors = SYSTEM.getAvailableProcessors();
    double ownShare = (SYSTEM.getProcessCpuTime() - ownNanos) / (wallNanos * processors);
    double others = Math.max(0, busyShare(ownShare) - ownShare);
    return new MachineLoad(
        loadBefore, SYSTEM.getSystemLoadAverage(), others, wallNanos / 1e9, processors);
  }

  /** CPU share of all processes; NaN if the system does not report it. */
  private double busyShare(double ownShare) {
    Optional<CpuTimes> now = times();
    if (times.isEmpty() || now.isEmpty()) {
      double load = SYSTEM.getCpuLoad() - SYSTEM.getProcessCpuLoad() + ownShare;
      return load < 0 ? Double.NaN : load;
    }
    long all = now.get().allTicks() - times.get().allTicks();
    // Too short for the resolution of the system's clock.
    return all <= 0 ? ownShare : (double) (now.get().busyTicks() - times.get().busyTicks()) / all;
  }

  private static Optional<CpuTimes> times() {
    try {
      CpuTimes read = CpuTimes.read();
      return read.allTicks() == 0 ? Optional.empty() : Optional.of(read);
    } catch (IOException notLinux) {
      return Optional.empty();
    }
  }
}
