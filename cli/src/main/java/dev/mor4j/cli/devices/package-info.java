/** Commands about this machine: {@code devices} and {@code doctor}. */
package dev.mor4j.cli.devices;
