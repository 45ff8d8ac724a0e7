"""A Slack workspace in a box, over real HTTP and WebSocket: for `htbot demo` and for the tests."""
