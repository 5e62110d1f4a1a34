# Everframe: everything a newcomer types.
.PHONY: run test check bench setup

# Builds the editor and opens it on the demo project; without a display, writes the demo film into out/.
run:
	packaging/setup.sh run
	cargo build --release --locked -p everframe
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
	  target/release/everframe --demo; \
	else \
	  target/release/everframe demo out/ && echo "No display here; the demo film is out/demo.mp4"; \
	fi

# Every check there is; nothing else decides.
test:
	packaging/setup.sh test
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo nextest run --workspace --locked --no-fail-fast
	cargo test --workspace --doc --locked

# Speed against other programs on this machine; writes tests/bench/RESULTS.md's table to the terminal.
bench:
	packaging/setup.sh bench
	tests/bench/run.sh
