"""The control process: REST API, operator resources, health."""
