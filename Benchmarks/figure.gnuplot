# Draws results/speed.svg from a comparison's rounds:
#   gnuplot Benchmarks/figure.gnuplot
set datafile separator ","
set terminal svg size 620,340 font "sans-serif,12" background "white"
set output "results/speed.svg"
set border 3
set tics nomirror
set title "A step of 128 images on two cores: every round, and their mean"
set bmargin 4
set ylabel "ms"
set xrange [0.5:5.5]
set yrange [0:*]
set xtics ("DistTrain\nfp32" 1, "PyTorch bf16\nchannels last" 2, "PyTorch\nbf16" 3, \
  "PyTorch fp32\nchannels last" 4, "PyTorch\nfp32" 5)
set boxwidth 0.6
set grid ytics
unset key
place(side) = side eq "DistTrain" ? 1 : side eq "PyTorch bf16-cl" ? 2 : side eq "PyTorch bf16" ? 3 \
  : side eq "PyTorch fp32-cl" ? 4 : 5
plot "results/torch-20.csv" using (place(strcol(5))):6 every ::1 smooth unique with boxes fill solid lc "#d4e3ee", \
     "" using (place(strcol(5))):6 every ::1 with points pt 7 ps 0.5 lc "#2471a3"
