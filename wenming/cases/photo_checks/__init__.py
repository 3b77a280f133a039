"""What whoever judges a photo should know of it (提示): looked up after it is stored, told with its reason, judged by people."""
