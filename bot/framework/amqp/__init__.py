"""What passes between a process and RabbitMQ, frame by frame."""
