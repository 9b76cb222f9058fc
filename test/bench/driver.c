/*
 * Runs commands and measures each by itself, without a shell in between: what the benchmark's rows of several commands are measured with.
 *
 *   driver ROUNDS < SCRIPT
 *
 * One line of the script is one step, its words separated by tabs:
 *   group               begins a group of steps; each round begins with another group, so that none always follows the same other
 *   do ARGV...          runs a command
 *   time LABEL ARGV...  runs a command and prints how long it took
 *   begin               starts the clock of a whole sequence
 *   spawn ARGV...       starts a command and goes on
 *   end LABEL           waits for all spawned commands and prints the time since `begin`
 *   reap                waits until this process has no child: as the subreaper it is the parent of containers' inits, as an engine is
 *
 * Prints JSON lines, times in ms of the monotonic clock: {"label":"...","ms":1.234,"user":0.1,"system":0.9}. user and system are the
 * command's and of those that it waited for. The commands' standard input and output are /dev/null. A command that fails ends all, with exit code 1.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { max_words = 64, max_spawned = 4096 };

struct step {
  char *words[max_words];
};

struct group {
  struct step *steps;
  size_t count;
};

static posix_spawn_file_actions_t to_null;
static pid_t spawned[max_spawned];
static size_t spawned_count;
static double began;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static double milliseconds(struct timeval time) { return (double)time.tv_sec * 1e3 + (double)time.tv_usec / 1e3; }

static void fail(char **words, const char *why, int number) {
  fprintf(stderr, "driver: %s %d:", why, number);
  for (; *words != NULL; words++) fprintf(stderr, " %s", *words);
  fputc('\n', stderr);
  exit(1);
}

static pid_t start(char **argv) {
  pid_t child;
  const int error = posix_spawn(&child, argv[0], &to_null, NULL, argv, environ);
  if (error != 0) fail(argv, strerror(error), error);
  return child;
}

/* The container's init may end, as a child of this process, while a command is waited for: only the command counts. */
static struct rusage finish(char **argv, pid_t child) {
  int status;
  struct rusage usage;
  while (wait4(child, &status, 0, &usage) < 0) {
    if (errno != EINTR) fail(argv, "wait4", errno);
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) fail(argv, "wait status", status);
  return usage;
}

static void print(const char *label, double ms, struct rusage usage) {
  printf("{\"label\":\"%s\",\"ms\":%.4f,\"user\":%.3f,\"system\":%.3f}\n", label, ms, milliseconds(usage.ru_utime), milliseconds(usage.ru_stime));
}

static void end_all(char **words) {
  struct rusage none;
  memset(&none, 0, sizeof none);
  for (size_t i = 0; i < spawned_count; i++) finish(words, spawned[i]);
  spawned_count = 0;
  print(words[1], now() - began, none);
}

static void run(struct step *step) {
  char **words = step->words;
  if (strcmp(words[0], "do") == 0) {
    finish(words, start(words + 1));
  } else if (strcmp(words[0], "time") == 0) {
    const double begin = now();
    const struct rusage usage = finish(words, start(words + 2));
    print(words[1], now() - begin, usage);
  } else if (strcmp(words[0], "begin") == 0) {
    began = now();
  } else if (strcmp(words[0], "spawn") == 0) {
    if (spawned_count == max_spawned) fail(words, "too many", max_spawned);
    spawned[spawned_count++] = start(words + 1);
  } else if (strcmp(words[0], "end") == 0) {
    end_all(words);
  } else if (strcmp(words[0], "reap") == 0) {
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR) continue;
  } else {
    fail(words, "unknown step", 0);
  }
}

static void split(char *line, struct step *step) {
  size_t count = 0;
  line[strcspn(line, "\n")] = '\0';
  for (char *word = strtok(line, "\t"); word != NULL; word = strtok(NULL, "\t")) {
    if (count == max_words - 1) fail(step->words, "too many words", max_words);
    step->words[count++] = strdup(word);
  }
  step->words[count] = NULL;
}

static struct group *read_script(size_t *count) {
  struct group *groups = NULL;
  char *line = NULL;
  size_t size = 0;
  *count = 0;
  while (getline(&line, &size, stdin) > 0) {
    struct step step;
    split(line, &step);
    if (step.words[0] == NULL) continue;
    if (strcmp(step.words[0], "group") == 0) {
      groups = realloc(groups, ++*count * sizeof *groups);
      groups[*count - 1] = (struct group){NULL, 0};
      continue;
    }
    if (*count == 0) fail(step.words, "step before the first group", 0);
    struct group *last = &groups[*count - 1];
    last->steps = realloc(last->steps, ++last->count * sizeof step);
    last->steps[last->count - 1] = step;
  }
  free(line);
  return groups;
}

int main(int argc, char **argv) {
  if (argc != 2) return fputs("usage: driver ROUNDS < SCRIPT\n", stderr), 2;
  const size_t rounds = strtoul(argv[1], NULL, 10);
  size_t count;
  struct group *groups = read_script(&count);
  posix_spawn_file_actions_init(&to_null);
  posix_spawn_file_actions_addopen(&to_null, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&to_null, 1, "/dev/null", O_WRONLY, 0);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  for (size_t round = 0; round < rounds; round++) {
    for (size_t i = 0; i < count; i++) {
      struct group *group = &groups[(round + i) % count];
      for (size_t j = 0; j < group->count; j++) run(&group->steps[j]);
    }
  }
  return fflush(stdout) == 0 ? 0 : 1;
}
