# Two commands matter on a new machine: `make demo` and `make test`. `make help` lists the others.
SHELL := /bin/bash
BIN := .venv/bin
# Tests wait for servers as much as they compute, so there are as many at a time as cores, and at least two.
WORKERS ?= $(shell n=$$(nproc); echo $$(( n > 2 ? n : 2 )))
STAMP := .venv/installed
DEMO = $(if $(ONCE),--once) $(if $(CASES),--cases $(CASES)) $(if $(SEED),--seed $(SEED))
.DEFAULT_GOAL := help
.PHONY: help install demo test servers trials fuzz check bench lock schemas docs

help:  ## 命令一览 · this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP)  ## 安装到 .venv · everything into .venv, as the lock file says

$(STAMP): requirements.lock setup.cfg pyproject.toml deploy/install.sh
	bash deploy/install.sh .venv
	@touch $@

demo: install  ## 演示 · three departments, judging, Airflow; Ctrl-C ends it (ONCE=1: by itself)
	@exec $(BIN)/suphub demo $(DEMO)

test: install servers  ## 全部测试 · all tests, on real servers
	$(BIN)/pytest -n $(WORKERS) --dist worksteal $(PYTEST)

servers:
	@bash deploy/install-test-servers.sh

trials: install servers  ## 杀进程试验(长) · kill -9 at many instants, long version
	$(BIN)/python -m bench.trials

fuzz: install  ## 随机报文(十分钟) · ten minutes of mutated packages against the opener and readers
	$(BIN)/python -m tests.support.fuzzing 600

check: install  ## 格式、类型、架构 · format, lint, types, architecture
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -q tests/architecture

bench: install servers  ## 性能基准 · the benchmark, as a table and var/bench.json
	@mkdir -p var
	$(BIN)/suphub bench --json var/bench.json

lock: install  ## 重算锁文件 · resolve the dependencies anew (no address is written)
	$(BIN)/uv pip compile setup.cfg --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-annotate --no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade) \
		--custom-compile-command "make lock" -o requirements.lock

schemas: install  ## 重新生成 XSD、报文和方言文档 · XSDs, message and dialect references from their sources
	$(BIN)/python -m schemas.generate
	$(BIN)/python -m schemas.document
	$(BIN)/python -m mappings.document

docs: install  ## 重新生成命令行和错误代码文档 · the pages on commands and error codes, from the program
	$(BIN)/python -m hub.cli.document
