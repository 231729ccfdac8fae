"""The line between a process and RabbitMQ, frame by frame."""
